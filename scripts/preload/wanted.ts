/** Which container images a config wants in the rootfs, and what each depends on. Reads; runs nothing. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { imagesOf, type Service } from '../compose/read.ts'
import type { Arch, Config } from '../config/schema.ts'
import { ABSENT, type Read } from '../plan/trace.ts'
import { digestOf, importsOf, portableName, ROOT, type World } from '../plan/world.ts'

export type Wanted = { reference: string; how: 'build' | 'pull'; service: Service }

/** Its place in the plan and among the layers. Without a number: it is below no stage and above none. */
export const STAGE = 'images'

/** As OCI names what Debian calls these. */
export const PLATFORM: Record<Arch, string> = { amd64: 'linux/amd64', arm64: 'linux/arm64', armhf: 'linux/arm/v7' }

/**
 * The images of all compose projects, each once, in the order in which they are named.
 * @throws UserError for a compose file that can't be used
 */
export function wantedImages(config: Config): Wanted[] {
  const all = config.components.flatMap(part => (part.type === 'docker-compose' ? imagesOf(part) : []))
  return [...new Map(all.map(image => [image.reference, image])).values()]
}

/** What the images depend on: a layer is reused while all of it is as it was. */
export function readsOf(wanted: readonly Wanted[], { arch }: Config, configDir: string): Read[] {
  const named = wanted.map(({ reference, how }) => `${how} ${reference}`)
  const builds = wanted.flatMap(({ reference, how, service: { build } }): Read[] => {
    if (how !== 'build' || !build) return []
    const { context, ...rest } = build
    return [
      { kind: 'file', name: portableName(context, configDir), value: digestOf(context) },
      // Not in clear: an argument may be a token.
      { kind: 'setting', name: `build of ${reference}`, value: sha256(JSON.stringify(rest)) },
    ]
  })
  const code = importsOf(join(ROOT, 'scripts/preload/fill.ts')).map(
    (path): Read => ({ kind: 'script', name: portableName(path, configDir), value: digestOf(path) }),
  )
  const reads: Read[] = [
    { kind: 'setting', name: 'images', value: JSON.stringify(named.join(', ')) },
    { kind: 'setting', name: 'arch', value: JSON.stringify(arch) },
    ...builds,
    ...code,
  ]
  return [...new Map(reads.map(read => [`${read.kind} ${read.name}`, read])).values()]
}

/** The same as something to compare a layer's trace with. */
export function worldOfReads(reads: readonly Read[]): World {
  const values = new Map(reads.map(({ kind, name, value }) => [`${kind} ${name}`, value]))
  return { value: (kind, name) => values.get(`${kind} ${name}`) ?? ABSENT, isPrivate: () => false }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
