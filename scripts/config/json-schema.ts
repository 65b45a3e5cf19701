/** The JSON Schema of a config, for editors: what one may write, tags included, before anything is resolved. */
import { toJsonSchema } from '@valibot/to-json-schema'
import { descriptions } from './descriptions.ts'
import { configSchema } from './schema.ts'

export type JsonSchema = ReturnType<typeof toJsonSchema>

/** Editors see a tagged scalar as its text: `!include parts/files.yaml` may stand for any list or mapping. */
const INCLUDE: JsonSchema = {
  type: 'string',
  pattern: '\\.ya?ml$|[*?\\[]',
  description: 'A YAML file (with the tag !include), relative to this one; wildcards give a list.',
}
/** And `!ENV ${NAME}` for what may not be any text. */
const ENV: JsonSchema = {
  type: 'string',
  pattern: '\\$\\{?[A-Za-z_]',
  description: `Environment variables (with the tag !ENV): \${NAME} or \${NAME:-default}.`,
}

/**
 * The schema of what people write: keys with a default may be left out or left empty, lists and mappings may come from
 * `!include`, restricted values from `!ENV`. What rules.ts checks cannot be said in it.
 */
export function configJsonSchema(): JsonSchema {
  // Modes are the one value that is transformed; the checks after it describe what comes in as well.
  const { $schema, ...converted } = toJsonSchema(configSchema, {
    typeMode: 'input',
    ignoreActions: ['transform'],
    overrideAction: ({ valibotAction, jsonSchema }) =>
      valibotAction.type === 'ip' ? { ...jsonSchema, anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] } : undefined,
  })
  return {
    $schema: $schema ?? 'http://json-schema.org/draft-07/schema#',
    title: 'Rootsmith config',
    ...parts(converted, ''),
    $defs: { include: INCLUDE, env: ENV },
  }
}

/** The text of config/schema.json, laid out as the formatter would: short lists of words on one line. */
export function schemaText(): string {
  const text = JSON.stringify(configJsonSchema(), null, 2)
  const joined = text.replaceAll(
    /^( *(?:"[^"]+": )?)\[\n\s+("[^[\]{}]*")\n\s+\](,?)$/gm,
    (whole, start, words, end) => {
      const line = `${start}[${words.replaceAll(/,\n\s+/g, ', ')}]${end}`
      return line.length <= 120 ? line : whole
    },
  )
  return `${joined}\n`
}

/** The schema with its parts opened: `path` is `components[].target`, the key of its description. */
function parts(json: JsonSchema, path: string): JsonSchema {
  const { properties, required, items, oneOf, anyOf } = json
  const made: JsonSchema = { ...json }
  if (properties) {
    const own = Object.entries(properties).map(([key, value]) => {
      const below = path === '' ? key : `${path}.${key}`
      return [key, property(value, below, required?.includes(key) ?? false)] as const
    })
    // A merge key may bring what is required, and is no key of ours that a checker could know.
    made.properties = { ...Object.fromEntries(own), '<<': {} }
    delete made.required
    if (required) made.anyOf = [{ required }, { required: ['<<'] }]
  }
  if (isSchema(items)) made.items = opened(items, `${path}[]`)
  const each = (part: JsonSchema | boolean) => (isSchema(part) ? parts(part, path) : part)
  if (oneOf) made.oneOf = oneOf.map(each)
  if (anyOf && !properties) made.anyOf = anyOf.map(each)
  return made
}

function property(json: JsonSchema | boolean, path: string, isRequired: boolean): JsonSchema | boolean {
  if (!isSchema(json)) return json
  const { anyOf, ...rest } = opened(json, path)
  const description = descriptions[path]
  // A key with nothing behind it is a key not given.
  const choices = anyOf && !isRequired ? { anyOf: [...anyOf, { type: 'null' as const }] } : anyOf ? { anyOf } : {}
  return { ...(description === undefined ? {} : { description }), ...rest, ...choices }
}

/** A value, or the tagged text it may be instead. The default stays outside, where editors look for it. */
function opened(json: JsonSchema, path: string): JsonSchema {
  const { default: standard, ...rest } = parts(json, path)
  const isBranch = rest.type === 'object' || rest.type === 'array' || rest.oneOf !== undefined
  const isFree = rest.const !== undefined || (rest.type === 'string' && !rest.pattern && !rest.enum && !rest.anyOf)
  const alternatives = isFree ? [] : [{ $ref: `#/$defs/${isBranch ? 'include' : 'env'}` }]
  return {
    ...(standard === undefined ? {} : { default: standard }),
    ...(isFree ? rest : { anyOf: [rest, ...alternatives] }),
  }
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
