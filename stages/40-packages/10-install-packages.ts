import { step } from '../../scripts/stage/step.ts'
import { hasInitrd, putOffInitrd } from '../20-kernel/10-install-kernel.ts'

// After what every image has, so that a changed list reruns only from here on.
export default step({
  title: "Install the config's packages",
  skip: ({ config }) => config.packages.length + config.depends.length === 0 && 'packages and depends are empty',

  async run({ config, rootfs, apt, chroot, render }) {
    // A Pi has it since 20-kernel.
    if (config.target !== 'rpi' && hasInitrd(config)) await putOffInitrd({ rootfs, render })
    // One transaction: apt solves them together, and a `name-` removes what another would bring.
    await apt.install([...config.packages, ...config.depends])
    // As if the package of the components had brought them: it is installed last, and changes most often.
    const brought = config.depends.filter(name => !config.packages.includes(name))
    if (brought.length > 0) await chroot`apt-mark auto ${brought}`
  },
})
