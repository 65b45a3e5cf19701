import { copyFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { packedSources } from '../../scripts/compose/sources.ts'
import { sourceOf } from '../../scripts/config/schema/components.ts'
import { buildDeb } from '../../scripts/output/deb.ts'
import { payloadOf } from '../../scripts/output/payload.ts'
import { step } from '../../scripts/stage/step.ts'
import { hasInitrd } from '../20-kernel/10-install-kernel.ts'

/** What mkinitramfs copies into the initrd: settings of modules, hooks and scripts. */
const IN_INITRD = /^(etc|usr\/share|usr\/lib)\/(initramfs-tools|modprobe\.d|modules-load\.d)\/|^etc\/modules$/

// After all that takes long, the initrd too: components are what changes most often, and then only this stage is built again.
// As a package, the same one that `just bundle` makes, so that dpkg owns the files and a later version can replace it.
export default step({
  title: "Install the config's components as a package",
  skip: ({ config }) => config.components.length === 0 && 'components is empty',

  async run({ config, configDir, rootfs, work, tools, version, sourceDateEpoch, apt, chroot, noteSource }) {
    for (const component of config.components) {
      const sources = component.type === 'docker-compose' ? packedSources(component) : [sourceOf(component)]
      for (const source of sources) noteSource(source)
    }
    const deb = await buildDeb({ config, configDir, rootfs, work, tools, version, sourceDateEpoch })
    // apt reads it inside the rootfs; /tmp there lasts as long as the stage.
    const inside = `/tmp/${basename(deb)}`
    await copyFile(deb, join(rootfs, inside))
    await apt.install([inside])
    const { items } = payloadOf(config, configDir)
    if (hasInitrd(config) && items.some(({ target }) => IN_INITRD.test(target)))
      await chroot`update-initramfs -u -k all`
  },
})
