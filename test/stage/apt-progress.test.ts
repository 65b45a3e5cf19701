import { expect, test } from 'bun:test'
import { aptProgress } from '../../scripts/stage/apt-progress.ts'

/** What apt of trixie printed. */
const LINES = `Reading package lists...
The following NEW packages will be installed:
  hello libc-l10n
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Need to get 1,053 kB/2000 kB of archives.
After this operation, 287 kB of additional disk space will be used.
Get:1 http://example.org/debian trixie/main arm64 libc-l10n all 2.41-12 [1000 kB]
Get:2 http://example.org/debian trixie/main arm64 hello arm64 2.10-5 [53.2 kB]
Fetched 1053 kB in 0s (417 kB/s)
Selecting previously unselected package hello.
Preparing to unpack .../hello_2.10-5_arm64.deb ...
Unpacking libc-l10n (2.41-12) ...
Unpacking hello:arm64 (2.10-5) ...
Setting up libc-l10n (2.41-12) ...
Setting up hello:arm64 (2.10-5) ...`

test('bytes while it downloads, packages while it unpacks and sets up', () => {
  const take = aptProgress()
  expect(LINES.split('\n').flatMap(line => take(line) ?? [])).toEqual([
    { message: 'Download packages', current: 1_000_000, total: 1_053_000, unit: 'bytes' },
    { message: 'Download packages', current: 1_053_000, total: 1_053_000, unit: 'bytes' },
    { message: 'Unpacking libc-l10n', current: 1, total: 2, unit: 'packages' },
    { message: 'Unpacking hello', current: 1, total: 2, unit: 'packages' },
    { message: 'Setting up libc-l10n', current: 2, total: 2, unit: 'packages' },
    { message: 'Setting up hello', current: 2, total: 2, unit: 'packages' },
  ])
})

test('lists that are fetched before it is known how much there is are no progress', () => {
  expect(aptProgress()('Get:1 http://example.org/debian trixie InRelease [140 kB]')).toBeUndefined()
})
