/** A way to build. The rest of the program does not notice which one is used. */
import type { Loaded } from '../config/load.ts'
import { UserError } from '../lib/errors.ts'
import type { PlanOptions } from '../plan/make.ts'
import type { Plan } from '../plan/types.ts'
import type { Screen } from '../screen/screen.ts'

/** Something that keeps a strategy from working here, and what to do about it. */
export type Obstacle = { reason: string; hint?: string | undefined }

/** What a build asks of a machine. */
export type Need = {
  /** Debian's name. */
  arch: string
  /** Whether images of containers are put into the rootfs. */
  images?: boolean
}

/** What is to be built. A strategy makes the plan of it, since only it knows what is in its cache. */
export type Request = { loaded: Loaded; options: Omit<PlanOptions, 'cache' | 'strategy'> }

/** Called with the plan once it is known what will run, before anything does. */
export type Begin = (plan: Plan) => Screen | Promise<Screen>

/** How a strategy tells what it does before there is a plan: `say` a new step, `show` a line of a program in it. */
export type Report = { say(text: string): void; show(line: string): void; warn(text: string): void }

export type Strategy = {
  name: 'native' | 'official' | 'debian'
  /** Empty when it can build this architecture here, as far as can be said in a second. */
  unusable(need: Need): Promise<Obstacle[]>
  /** What a build would do. */
  plan(request: Request): Promise<Plan>
  /**
   * Builds; results are in out/ when it returns the plan that it carried out.
   * @throws Unavailable before `begin`, where another strategy may be tried; else StepError, UserError or Interrupted.
   */
  build(request: Request, begin: Begin, report: Report): Promise<Plan>
}

/** It turned out only now that a strategy can't work: an image that can't be pulled, say. Nothing was built yet. */
export class Unavailable extends UserError {
  override name = 'Unavailable'
}
