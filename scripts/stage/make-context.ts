/** The context of a stage's steps, over an open root. */
import { existsSync, globSync, lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import ejs from 'ejs'
import { UserError } from '../lib/errors.ts'
import { type Event, formatEvent } from '../lib/events.ts'
import type { Mirrors } from '../lib/mirrors.ts'
import { ROOT, type Settings } from '../plan/world.ts'
import { cleanEnv, commandIn } from '../sandbox/command.ts'
import type { Tools } from '../sandbox/tools.ts'
import { aptOf } from './apt.ts'
import type { Command, Context, FileOptions } from './context.ts'
import { ownerIds, resolveIn, writeFile } from './files.ts'
import type { Recorder } from './record.ts'

export type ContextOptions = {
  root: string
  work: string
  cache: string
  recorder: Recorder
  tools: Tools
  configDir: string
  settings: Settings
  mirrors?: Mirrors | undefined
}

export const emit = (event: Event): void => void process.stdout.write(`${formatEvent(event)}\n`)

export function makeContext({
  root,
  work,
  cache,
  recorder,
  tools,
  configDir,
  settings: { rootfsEpoch, version },
  mirrors,
}: ContextOptions): Context {
  const chroot = commandIn(root, cleanEnv({ SOURCE_DATE_EPOCH: String(rootfsEpoch) }))
  const inTools = tools.command(rootfsEpoch)
  const warn = (msg: string): void => emit({ type: 'log', level: 'warn', msg })

  return {
    config: recorder.config,
    rootfs: root,
    work,
    cache,
    configDir,
    get version() {
      recorder.add('setting', 'version', version)
      return version
    },
    sourceDateEpoch: rootfsEpoch,
    chroot,
    tools: inTools,
    $: commandIn('/', { ...(process.env as Record<string, string>), SOURCE_DATE_EPOCH: String(rootfsEpoch) }),
    apt: aptOf(chroot, { report: progress => emit({ type: 'general', ...progress }), warn, mirrors }),
    mirrors,

    async render(template, data = {}, options = {}) {
      const file = resolve(ROOT, 'templates/rootfs', template)
      if (!existsSync(file))
        throw new UserError(`there is no template templates/rootfs/${template}`, { where: { file } })
      recorder.file('template', file)
      const text = await ejs.renderFile(file, { config: recorder.config, ...data }, { escape: String })
      writeFile(root, options.to ?? template.replace(/\.ejs$/, ''), text, options)
    },

    async copy(source, target, options = {}) {
      const from = resolve(configDir, source)
      if (!existsSync(from))
        throw new UserError(`${source}: no such file or folder`, { hint: `it was looked for at ${from}` })
      recorder.file('file', from)
      await copyIn(commandIn('/', process.env as Record<string, string>), root, from, target, options)
    },

    async write(path, content, options) {
      writeFile(root, path, content, options)
    },

    async remove(...paths) {
      for (const path of paths) for (const found of expand(root, path)) removeIn(root, found)
    },

    async source(path) {
      const file = resolve(configDir, path)
      recorder.file('file', file)
      return readFileSync(file, 'utf8')
    },

    noteSource(path) {
      recorder.file('file', resolve(configDir, path))
    },

    log: {
      info: msg => emit({ type: 'log', level: 'info', msg }),
      warn,
    },
    progress(message, current, total, unit) {
      emit({
        type: 'general',
        message,
        ...(current === undefined ? {} : { current }),
        ...(total === undefined ? {} : { total }),
        ...(unit ? { unit } : {}),
      })
    },
  }
}

async function copyIn($: Command, root: string, from: string, target: string, options: FileOptions): Promise<void> {
  const to = resolveIn(root, target)
  mkdirSync(dirname(to), { recursive: true })
  const [user, group] = ownerIds(root, options.owner ?? 'root:root')
  if (lstatSync(from).isDirectory()) {
    mkdirSync(to, { recursive: true })
    await $`cp --recursive --no-dereference --preserve=mode,links ${`${from}/.`} ${to}`
  } else await $`cp --no-target-directory ${from} ${to}`
  await $`chown --recursive --no-dereference ${user}:${group} ${to}`
  if (options.mode !== undefined)
    await $`chmod ${typeof options.mode === 'number' ? options.mode.toString(8) : options.mode} ${to}`
  else if (!lstatSync(from).isDirectory()) await $`chmod 644 ${to}`
}

/** A path may be a glob; what it names is looked for inside the rootfs. */
function expand(root: string, path: string): string[] {
  const inside = isAbsolute(path) ? path.slice(1) : path
  return /[*?[{]/.test(inside) ? globSync(inside, { cwd: root }) : [inside]
}

/** Removes a file or folder itself, never what a link points to, and nothing that is mounted in the rootfs. */
function removeIn(root: string, path: string): void {
  const parent = resolveIn(root, dirname(path))
  const target = join(parent, path.split('/').at(-1) ?? '')
  const stat = lstatSync(target, { throwIfNoEntry: false })
  if (!stat || relative(root, target) === '') return
  if (stat.dev !== lstatSync(root).dev) throw new UserError(`${path} is on another file system and is not removed`)
  rmSync(target, { recursive: true, force: true })
}
