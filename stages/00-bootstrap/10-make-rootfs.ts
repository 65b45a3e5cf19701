import { bootstrapDebian } from '../../scripts/source/debian.ts'
import { unpackRootfs } from '../../scripts/source/rootfs.ts'
import { step } from '../../scripts/stage/step.ts'

// The first layer: everything else is built on it.
export default step({
  title: 'Make the root filesystem',

  async run(context) {
    const { debian, rootfs } = context.config.from
    if (debian) await bootstrapDebian(debian, context.config.arch, context)
    if (rootfs) await unpackRootfs(rootfs, context)
  },
})
