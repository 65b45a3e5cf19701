/** What a builder image must be able to do before anybody builds in it. */
import { REQUIREMENTS } from '../sandbox/requirements.ts'
import { type Engine, engineRun } from './engine.ts'
import { ContainerError } from './errors.ts'
import { limits } from './run.ts'

/** Shell that prints a line for each thing that is wrong. `$1` Bun's version, then what must be there. */
const LOOK = `[ "$(id -u)" != 0 ] || echo "its default user is root"
[ "$(bun --version)" = "$1" ] || echo "its Bun is $(bun --version), not $1"
shift
for it in "$@"; do [ -e "$it" ] || PATH=$PATH:/usr/sbin:/sbin command -v "$it" > /dev/null || echo "there is no $it"; done
ls /usr/lib/rootsmith/handlers/*.sha256 > /dev/null 2>&1 || echo "the handler for foreign programs was not compiled"
for sum in /usr/lib/rootsmith/handlers/*.sha256; do
  echo "$(cat "$sum")  \${sum%.sha256}" | sha256sum --check --quiet --status || echo "$sum is wrong"
done`

/** @returns what is wrong with it, a line each. @throws ContainerError when it does not even start. */
export async function checkImage(engine: Engine, image: string): Promise<string[]> {
  const wanted = REQUIREMENTS.filter(entry => entry.for === 'build').flatMap(({ provides }) => provides)
  const start = ['run', '--rm', '--pull', 'never', '--network', 'none', ...limits(engine)]
  const words = [...start, '--entrypoint', 'sh', image, '-c', LOOK, 'sh']
  const looked = await engineRun(engine, [...words, Bun.version, ...wanted])
  if (looked.exitCode !== 0)
    throw new ContainerError('container failed', `${image} does not start: ${looked.stderr.trim()}`)
  return looked.stdout.split('\n').filter(Boolean)
}
