/** What `docker login` keeps, for a client that is not on this machine's PATH: credential helpers are asked here. */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { $ } from '../lib/bash.ts'

export type Auths = Record<string, { auth: string }>

const configFile = v.object({
  auths: v.optional(v.record(v.string(), v.looseObject({ auth: v.optional(v.string()) })), {}),
  credsStore: v.optional(v.string()),
  credHelpers: v.optional(v.record(v.string(), v.string()), {}),
})
const credential = v.object({ Username: v.string(), Secret: v.string() })

/** @returns registry → credentials, of all that this user is logged in to; empty without a config file. */
export async function registryAuths(env: NodeJS.ProcessEnv = process.env): Promise<Auths> {
  const file = join(env.DOCKER_CONFIG ?? join(env.HOME ?? homedir(), '.docker'), 'config.json')
  const read = existsSync(file) ? v.safeParse(configFile, parse(readFileSync(file, 'utf8'))) : undefined
  if (!read?.success) return {}
  const { auths, credsStore, credHelpers } = read.output
  const found: Auths = {}
  for (const [registry, { auth }] of Object.entries(auths)) {
    const asked = auth ? undefined : await ask(credHelpers[registry] ?? credsStore, registry)
    if (auth ?? asked) found[registry] = { auth: auth ?? asked ?? '' }
  }
  for (const [registry, helper] of Object.entries(credHelpers)) {
    const asked = found[registry] ? undefined : await ask(helper, registry)
    if (asked) found[registry] = { auth: asked }
  }
  return found
}

/** docker-credential-helpers' protocol: the registry on stdin, JSON on stdout. */
async function ask(helper: string | undefined, registry: string): Promise<string | undefined> {
  // Part of a program's name, and no path.
  if (!helper || !/^[A-Za-z0-9._-]+$/.test(helper)) return undefined
  // By bash: a helper that ends before it has read would end us, if we wrote to it.
  const answer = await $({ nothrow: true, quiet: true })`${`docker-credential-${helper}`} get <<< ${registry}`
  const parsed = answer.exitCode === 0 ? v.safeParse(credential, parse(answer.stdout)) : undefined
  if (!parsed?.success) return undefined
  const { Username, Secret } = parsed.output
  return Buffer.from(`${Username}:${Secret}`).toString('base64')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
