import { step } from '../../scripts/stage/step.ts'
import { hasInitrd, putOffInitrd } from '../20-kernel/10-install-kernel.ts'

// After what every image has, so that a changed list reruns only from here on.
export default step({
  title: "Install the config's packages",
  skip: ({ config }) => config.packages.length === 0 && 'packages is empty',

  async run({ config, rootfs, apt, render }) {
    // A Pi has it since 20-kernel.
    if (config.target !== 'rpi' && hasInitrd(config)) await putOffInitrd({ rootfs, render })
    // One transaction: apt solves them together, and a `name-` removes what another would bring.
    await apt.install(config.packages)
  },
})
