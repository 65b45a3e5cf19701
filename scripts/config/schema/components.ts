/** What can be put on a rootfs. */
import * as v from 'valibot'
import { absolute, mode, owner, path, text } from './text.ts'

const fileComponent = v.strictObject({
  type: v.literal('file'),
  source: path,
  target: absolute,
  chmod: v.optional(mode, '644'),
  chown: v.optional(owner, 'root:root'),
})
const directoryComponent = v.strictObject({
  type: v.literal('directory'),
  source: path,
  target: absolute,
  chmod: v.optional(mode, '755'),
  chown: v.optional(owner, 'root:root'),
})
const systemdComponent = v.strictObject({
  type: v.literal('systemd'),
  service: path,
  enable: v.optional(v.boolean(), true),
})
const dockerComposeComponent = v.strictObject({
  type: v.literal('docker-compose'),
  /** The compose file. */
  path,
  /** The folder on the device that it is copied to. */
  target: absolute,
  /** How the build gets the images: built from the compose file's `build`, or pulled. */
  operation: v.picklist(['build', 'pull']),
  /** Whose images the operation is for; none: of all that it can be for. The images of the others are pulled. */
  services: v.optional(v.array(text), []),
  /** Compose's project name; default: the folder's name on the device. */
  project: v.optional(
    v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9_-]*$/, 'must be lower-case letters, digits, `-` and `_`')),
  ),
})
export const component = v.variant('type', [
  fileComponent,
  directoryComponent,
  systemdComponent,
  dockerComposeComponent,
])

/** The file or folder of the build machine that a component is made of. */
export function sourceOf(part: v.InferOutput<typeof component>): string {
  if (part.type === 'systemd') return part.service
  return part.type === 'docker-compose' ? part.path : part.source
}
