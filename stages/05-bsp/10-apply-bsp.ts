import { applyBsp } from '../../scripts/jetson/apply.ts'
import { step } from '../../scripts/stage/step.ts'

// Before everything else: its packages must find the rootfs that NVIDIA tried them on. The kernel, its initrd and what boots
// them come with it.
export default step({
  title: "Install NVIDIA's board support package",
  skip: ({ config }) => config.target !== 'jetson' && 'the target is no Jetson',

  async run(context) {
    await applyBsp(context)
  },
})
