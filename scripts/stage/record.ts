/** Records what a stage reads: the trace that its layer is kept under. */
import { randomBytes } from 'node:crypto'
import type { Config } from '../config/schema.ts'
import { type Read, seal } from '../plan/trace.ts'
import { digestOf, leaf, portableName, privatePaths } from '../plan/world.ts'

export type Recorder = {
  reads(): Read[]
  /** Notes a read once; the first one counts. */
  add(kind: Read['kind'], name: string, value: string): void
  /** Notes a file or folder by its digest. */
  file(kind: 'template' | 'file' | 'script', path: string): void
  /** What a trace calls a path. */
  name(path: string): string
  /** The config as a step sees it: what it looks at is noted. */
  config: Config
}

/** @param secrets dotted keys whose values came from the environment. */
export function recorder(config: Config, configDir: string, secrets: ReadonlySet<string>): Recorder {
  const reads = new Map<string, Read>()
  const add: Recorder['add'] = (kind, name, value) => {
    const key = `${kind} ${name}`
    if (!reads.has(key)) reads.set(key, { kind, name, value })
  }
  const hidden = privatePaths(config, secrets)
  const name = (path: string): string => portableName(path, configDir, hidden)
  const note = (path: string, value: unknown): void => {
    const text = leaf(value, configDir)
    if (secrets.has(path)) add('secret', path, seal(text, randomBytes(8).toString('hex')))
    else add('config', path, text)
  }

  function watch<T extends object>(target: T, path: string): T {
    const at = (key: string) => (path ? `${path}.${key}` : key)
    const names = () =>
      add('config', at('*'), JSON.stringify(Array.isArray(target) ? target.length : Object.keys(target).sort()))
    return new Proxy(target, {
      get(object, key) {
        const value = Reflect.get(object, key)
        if (typeof key === 'symbol' || (Array.isArray(object) && !/^\d+$/.test(key))) {
          if (Array.isArray(object)) names()
          return value
        }
        if (typeof value === 'object' && value !== null) {
          // That it is there was seen, even if nothing in it is looked at.
          add('config', at(key), leaf(value, configDir))
          return watch(value, at(key))
        }
        note(at(key), value)
        return value
      },
      has(object, key) {
        if (typeof key === 'string') note(at(key), Reflect.get(object, key))
        return Reflect.has(object, key)
      },
      ownKeys(object) {
        names()
        return Reflect.ownKeys(object)
      },
      set() {
        throw new TypeError('a step can read the config but not change it')
      },
      deleteProperty() {
        throw new TypeError('a step can read the config but not change it')
      },
    })
  }

  return {
    add,
    reads: () => [...reads.values()],
    name,
    file: (kind, path) => add(kind, name(path), digestOf(path)),
    config: watch(config, ''),
  }
}
