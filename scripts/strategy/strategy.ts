/** A way to build. The rest of the program does not notice which one is used. */
import type { Plan } from '../plan/types.ts'
import type { Screen } from '../screen/screen.ts'

/** Something that keeps a strategy from working here, and what to do about it. */
export type Obstacle = { reason: string; hint?: string | undefined }

export type Strategy = {
  name: 'native' | 'official' | 'debian'
  /** Empty when it can build this plan's architecture here. */
  unusable(need: { arch: string }): Promise<Obstacle[]>
  /**
   * Builds; results are in out/ when it returns.
   * @param replan makes the plan again: with every stage built it names the layers that the outputs are of.
   * @throws StepError, or Interrupted.
   */
  build(plan: Plan, screen: Screen, replan: () => Promise<Plan>): Promise<void>
}
