/** What the two strategies that build in a container share: all but where its image comes from. */
import { buildInContainer, planInContainer } from '../container/build.ts'
import { type Engine, engine, findEngine } from '../container/engine.ts'
import { ContainerError } from '../container/errors.ts'
import type { Image } from '../container/image.ts'
import { removeLeftovers } from '../container/leftovers.ts'
import { planHere } from './native.ts'
import { type Obstacle, type Report, type Strategy, Unavailable } from './strategy.ts'

type Source = {
  name: 'official' | 'debian'
  /** What keeps it from working whatever the engine. */
  obstacles(): Obstacle[]
  /** Gets the image. @throws ContainerError */
  image(engine: Engine, report: Report): Promise<Image>
  /** The image if the engine has it already. */
  present(engine: Engine): Promise<Image | undefined>
}

export function containerStrategy({ name, obstacles, image, present }: Source): Strategy {
  return {
    name,
    async unusable() {
      const found = await findEngine()
      return 'program' in found ? obstacles() : [found]
    },
    async plan(request) {
      const found = await engine()
      const there = await present(found)
      // Without an image nothing was ever built with it, and making one takes more than a look.
      return there
        ? planInContainer({ engine: found, image: there, strategy: name }, request)
        : planHere(request, name, '/nonexistent')
    },
    async build(request, begin, report) {
      const found = await engine()
      await removeLeftovers(found)
      const builder = await image(found, report).catch((error: unknown) => {
        if (error instanceof ContainerError) throw new Unavailable(error.message, { hint: error.hint })
        throw error
      })
      if (builder.arch !== found.arch)
        report.warn(
          `${builder.name} is for ${builder.arch} and ${found.program} runs on ${found.arch}: all of the build is emulated, which takes many times as long`,
        )
      return buildInContainer({ engine: found, image: builder, strategy: name }, request, begin)
    },
  }
}
