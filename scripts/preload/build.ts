/** Building the images of compose services with the machine's own engine: it has the cache, the contexts and the credentials. */
import { join } from 'node:path'
import type { Arch } from '../config/schema.ts'
import { dieWithUs, engine } from '../container/engine.ts'
import { ContainerError, explain } from '../container/errors.ts'
import { runAlong } from '../lib/along.ts'
import { PLATFORM, type Wanted } from './wanted.ts'

export type BuildOrder = { wanted: readonly Wanted[]; arch: Arch; say(message: string): void; log(line: string): void }

/**
 * @param folder where the archive is put.
 * @returns path of an archive with all that are built, as `docker save` makes it; undefined when none is.
 * @throws UserError without an engine, ContainerError when a build fails
 */
export async function buildImages({ wanted, arch, say, log }: BuildOrder, folder: string): Promise<string | undefined> {
  const built = wanted.filter(({ how }) => how === 'build')
  if (built.length === 0) return undefined
  const found = await engine()
  for (const { reference, service } of built) {
    const { context, dockerfile, target, args } = service.build ?? { context: '', args: {} }
    say(`build ${reference}`)
    const words = [
      ...['build', '--platform', PLATFORM[arch], '--tag', reference],
      ...(dockerfile ? ['--file', join(dockerfile.startsWith('/') ? '' : context, dockerfile)] : []),
      ...(target ? ['--target', target] : []),
      // Names alone: the values come from the environment, where `ps` does not show them.
      ...Object.keys(args).flatMap(name => ['--build-arg', name]),
      context,
    ]
    const { status, last } = await runAlong([...dieWithUs(), found.program, ...words], log, { env: args })
    if (status !== 0)
      throw new ContainerError('build failed', `${reference} can't be built: ${reasonOf(last)}`, {
        hint: /exec format error/i.test(last.join('\n'))
          ? `a RUN line needs ${arch} programs to run here: as root, apt-get install qemu-user-static binfmt-support; or build without RUN, from a base that has what you need`
          : `try it alone: ${found.program} build --platform ${PLATFORM[arch]} ${context}`,
      })
  }
  const file = join(folder, 'built.tar')
  say('take what was built')
  const words = ['save', '--output', file, ...built.map(({ reference }) => reference)]
  const { status, stderr } = await runAlong([...dieWithUs(), found.program, ...words], log)
  if (status !== 0) throw explain('the images could not be taken from the engine', stderr, 'build failed', status)
  return file
}

const reasonOf = (lines: readonly string[]): string =>
  (lines.findLast(line => /error|failed|denied|not found/i.test(line)) ?? lines.at(-1) ?? 'it says nothing').trim()
