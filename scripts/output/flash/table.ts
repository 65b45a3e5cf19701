/** How each target is flashed: an entry each. output/bundle.ts makes a .run of it. */
import type { Config, OutputName } from '../../config/schema.ts'
import type { OutputContext } from '../table.ts'

/** A large file that the flash script streams out of the .run, by `payload NAME` (templates/flash/payload.sh.ejs). */
export type PayloadFile = {
  name: string
  path: string
  /** Where it is known already; else the file is read once more. */
  sha256?: string
}

export type Flash = {
  /** Outputs whose files it uses. */
  needs: readonly OutputName[]
  /** A template in templates/flash/; it includes payload.sh.ejs and stands alone once rendered. */
  template: string
  /** What is appended to the .run, in this order, and never unpacked. @returns paths of the runner. */
  payloads(context: OutputContext): Promise<PayloadFile[]>
  /** Small files that are unpacked beside flash.sh. @returns paths of the runner. */
  files?(context: OutputContext): Promise<string[]>
  /** What the template's `<%= %>` get, as words of the shell. `payloads` is there, too. */
  values(context: OutputContext): Promise<Record<string, string | number | readonly unknown[]>>
}

export type FlashTable = Partial<Record<Config['target'], Flash>>
