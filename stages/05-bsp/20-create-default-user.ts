import { createDefaultUser } from '../../scripts/jetson/user.ts'
import { step } from '../../scripts/stage/step.ts'
import { hostnameOf } from '../10-system/20-set-hostname.ts'

// While the BSP is unpacked, whose script it is. Groups, keys and the password follow in 10-system, as for every target.
export default step({
  title: "Create the user as NVIDIA's first boot would",
  skip: ({ config }) => {
    if (config.target !== 'jetson') return 'the target is no Jetson'
    return !config.system.user && 'there is no system.user: the first boot asks for one'
  },

  async run(context) {
    const { user } = context.config.system
    if (user) await createDefaultUser(user.name, hostnameOf(context.config), context)
  },
})
