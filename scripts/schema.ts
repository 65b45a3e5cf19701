/** `just schema`: writes config/schema.json, which editors read. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { schemaText } from './config/json-schema.ts'
import { parse } from './lib/args.ts'
import { UserError } from './lib/errors.ts'
import { main } from './lib/main.ts'
import { home, shown } from './lib/paths.ts'

await main(async () => {
  const args = parse({
    name: 'schema',
    about: 'Write config/schema.json, from which editors know the keys of a config.',
    options: { check: { about: 'write nothing; fail if the file is not current' } },
    example: 'just schema --check',
  })
  const file = join(home, 'config/schema.json')
  if (current(file) === schemaText()) return console.log(`${shown(file)} is current`)
  if (args.check) throw new UserError(`${shown(file)} is not what the schema says`, { hint: 'run `just schema`' })
  // Beside and renamed: an editor may read it at any moment.
  writeFileSync(`${file}.new`, schemaText())
  renameSync(`${file}.new`, file)
  console.log(`wrote ${shown(file)}`)
})

function current(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
