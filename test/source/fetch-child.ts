/** Calls fetchFile in a process of its own, which alone trusts the test's certificate. Usage: fetch-child.ts CACHE WANTED-AS-JSON */
import { UserError } from '../../scripts/lib/errors.ts'
import { fetchFile } from '../../scripts/source/fetch.ts'

const [cache = '', wanted = ''] = process.argv.slice(2)
const said: string[] = []
const progress: unknown[][] = []
const context = {
  cache,
  configDir: cache,
  noteSource: () => {},
  log: { info: (text: string) => void said.push(text), warn: (text: string) => void said.push(text) },
  progress: (...words: unknown[]) => {
    progress.push(words)
    process.stderr.write(`${words.join(' ')}\n`)
  },
}
const result = await fetchFile(context, JSON.parse(wanted)).then(
  file => ({ file }),
  error => {
    if (!(error instanceof UserError)) throw error
    return { error: error.message, hint: error.hint }
  },
)
process.stdout.write(JSON.stringify({ ...result, said, progress }))
process.exit(0)
