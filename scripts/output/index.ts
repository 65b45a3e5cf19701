/** Everything that can be made of a rootfs, in the order in which it is made. */
import { bundle } from './bundle.ts'
import { deb } from './deb.ts'
import { image } from './image.ts'
import { rootfs } from './rootfs.ts'
import type { Output } from './table.ts'

export const outputs: readonly Output[] = [rootfs, image, deb, bundle]
