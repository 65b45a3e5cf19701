/** Building in a builder image made here, from Debian. */
import { ensureLocal, localImage, look } from '../container/image.ts'
import { containerStrategy } from './container.ts'

export const debian = containerStrategy({
  name: 'debian',
  obstacles: () => [],
  image: ensureLocal,
  present: engine => look(engine, localImage()),
})
