/** What the shape of one value cannot say: rules between values, and about the files they name. */
import type { Problem } from '../lib/errors.ts'
import type { Path } from './path.ts'
import { signKeyIsSecret } from './rules/bundle.ts'
import { seedsAreCloudConfig } from './rules/cloud-init.ts'
import { sourcesExist, targetsAreDistinct } from './rules/components.ts'
import { composeFilesAreWhole, dockerIsInstalled, projectsAreDistinct } from './rules/compose.ts'
import { keysExist, rootfsExists, sourcesHaveDistinctNames, stagesExist } from './rules/from.ts'
import {
  jetsonHasKeys,
  jetsonIsArm64,
  layoutNeedsDisk,
  licenceIsAccepted,
  oneBsp,
  wifiNeedsPi,
} from './rules/jetson.ts'
import { ownersExist } from './rules/owners.ts'
import { packageIsNamed } from './rules/package.ts'
import {
  bundleNeedsDevice,
  debHasComponents,
  imageNeedsRpi,
  levelFitsFormat,
  oneSource,
  rpiHasFirmware,
  rpiIsArm64,
  seedNeedsRpi,
  someoneCanLogIn,
  userIsNotRoot,
} from './rules/target.ts'
import { textIsPrintable } from './rules/text.ts'
import { unitsAreUnits } from './rules/units.ts'
import type { Config } from './schema.ts'

export type RuleContext = {
  /** A problem with the value at `path`; none if that value has one already. */
  problem(path: Path, message: string, hint?: string): Problem[]
  /** The value at `path` as it was written, safe to print. */
  show(path: Path): string
  /** Whether the value came from `!ENV`, so that nothing made from it may be printed. */
  isPrivate(path: Path): boolean
}

/** Looks at a config of the right shape, paths absolute. May read files; never throws for what they hold. */
export type Rule = (config: Config, context: RuleContext) => Problem[]

/** In the order in which their problems are worth reading; the first to complain about a value is the only one. */
export const rules: readonly Rule[] = [
  textIsPrintable,
  oneSource,
  rpiIsArm64,
  rpiHasFirmware,
  jetsonIsArm64,
  jetsonHasKeys,
  oneBsp,
  licenceIsAccepted,
  layoutNeedsDisk,
  wifiNeedsPi,
  imageNeedsRpi,
  bundleNeedsDevice,
  levelFitsFormat,
  seedNeedsRpi,
  debHasComponents,
  packageIsNamed,
  userIsNotRoot,
  someoneCanLogIn,
  rootfsExists,
  sourcesHaveDistinctNames,
  keysExist,
  signKeyIsSecret,
  sourcesExist,
  unitsAreUnits,
  composeFilesAreWhole,
  projectsAreDistinct,
  dockerIsInstalled,
  targetsAreDistinct,
  ownersExist,
  seedsAreCloudConfig,
  stagesExist,
]
