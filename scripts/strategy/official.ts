/** Building in the published builder image. */
import { ensureOfficial, look, officialImage } from '../container/image.ts'
import { containerStrategy } from './container.ts'

export const official = containerStrategy({
  name: 'official',
  obstacles: () =>
    officialImage()
      ? []
      : [
          {
            reason: 'no builder image has been published for this version',
            hint: 'name one with ROOTSMITH_BUILDER_IMAGE, or build in one made here: --strategy debian',
          },
        ],
  image: (engine, report) => ensureOfficial(engine, officialImage() ?? '', report),
  present: engine => look(engine, officialImage() ?? ''),
})
