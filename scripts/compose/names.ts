/** What a package calls the files that it makes for a compose project. */

/** A `+`, which a package's name may have, is none of systemd.unit(5)'s letters. */
export const unitOf = (name: string, project: string): string => `${name.replaceAll('+', '-')}-${project}.service`

/** The script that runs Compose, relative to the root; its override file has `.yaml` after it. */
export const scriptOf = (name: string, project: string): string => `usr/lib/${name}/compose-${project}`
