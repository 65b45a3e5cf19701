/** NVIDIA Jetson: its board support package (L4T), and what is flashed how. */
import * as v from 'valibot'
import { httpsUrl, path, sha256 } from './text.ts'

export const jetson = v.strictObject({
  /** Jetson_Linux_R*_aarch64.tbz2, exactly one of `path` and `url`. */
  bsp: v.strictObject({ path: v.optional(path), url: v.optional(httpsUrl), sha256: v.optional(sha256) }),
  /** Name of a `.conf` in the BSP's top folder, without its ending. */
  board: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, 'is not a board such as `jetson-orin-nano-devkit`'),
  ),
  /** Where the root file system goes: the module's own eMMC or SD card, or a disk beside it. */
  storage: v.optional(v.picklist(['internal', 'nvme', 'usb']), 'internal'),
  /** Partition layout of a disk, an XML file in the BSP; default: the BSP's own. */
  layout: v.optional(
    v.pipe(v.string(), v.regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+\.xml$/, 'is not an XML file in the BSP')),
  ),
  /** NVIDIA's licence, which whoever makes the first user accepts. */
  accept_license: v.optional(v.boolean(), false),
})
