import { returnSource } from '../../scripts/jetson/apply.ts'
import { step } from '../../scripts/stage/step.ts'

// After the last package: from here on only the device's own apt reads it, where its chip is filled in.
export default step({
  title: "Return NVIDIA's source of packages",
  skip: ({ config }) => config.target !== 'jetson' && 'the target is no Jetson',

  async run({ rootfs }) {
    returnSource(rootfs)
  },
})
