import { step } from '../../scripts/stage/step.ts'

// Before the kernel stage: console-setup's packages would otherwise ask for a second initrd.
export default step({
  title: 'Set the keyboard layout',
  // The kernel's own keymap is `us`; console-setup and its xkb-data weigh 12 MB and a headless device has no keyboard.
  skip: ({ config }) =>
    config.target === 'generic'
      ? 'a generic rootfs has no console of its own'
      : config.system.keyboard.layout === 'us' &&
        config.system.keyboard.variant === '' &&
        "the kernel's own keymap is `us`",

  async run({ config, apt, render }) {
    // The package takes an existing file as the answers to its questions (keyboard-configuration.config).
    await render('etc/default/keyboard.ejs', { keyboard: config.system.keyboard })
    await apt.install(['console-setup', 'keyboard-configuration', 'kbd'])
  },
})
