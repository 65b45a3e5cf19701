import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { STAND_INS } from '../../scripts/jetson/stand-ins.ts'
import { BSP } from '../../scripts/jetson/unpack.ts'
import { step } from '../../scripts/stage/step.ts'

// It takes gigabytes, and no later stage needs it. The rootfs is mounted in it only while a script runs.
export default step({
  title: 'Remove the unpacked BSP',
  skip: ({ config }) => config.target !== 'jetson' && 'the target is no Jetson',

  async run({ work }) {
    for (const name of [BSP, STAND_INS]) rmSync(join(work, name), { recursive: true, force: true })
  },
})
