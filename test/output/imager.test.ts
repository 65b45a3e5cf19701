import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256File } from '../../scripts/output/digest.ts'
import { readFacts } from '../../scripts/output/facts.ts'
import { image } from '../../scripts/output/image.ts'
import { type Bench, bench } from './harness.ts'
import { fillSample } from './sample.ts'

type List = { imager: { devices: { name: string; tags: string[] }[] }; os_list: Record<string, unknown>[] }

let b: Bench
let list: List
beforeAll(async () => {
  b = await bench({ cloud_init: { user_data: '/user-data' }, package: { description: 'A kiosk' } })
  await fillSample(b)
  await image.make(b)
  list = JSON.parse(await readFile(join(b.out, 'sample.imager.json'), 'utf8')) as List
}, 60_000)
afterAll(() => b.close())

test('the list has the image once, with all that the schema of Imager 2 requires of an entry', async () => {
  const facts = await readFacts(b.out, 'sample')
  const file = join(b.out, 'sample.img.xz')
  expect(list.os_list).toEqual([
    {
      name: 'sample 1.2.0',
      description: 'A kiosk',
      icon: 'icons/cat_raspberry_pi_os.png',
      url: 'sample.img.xz',
      extract_size: facts.image_bytes,
      extract_sha256: facts.image_sha256,
      image_download_size: Bun.file(file).size,
      image_download_sha256: await sha256File(file),
      release_date: '2023-11-14',
      devices: ['pi5-64bit', 'pi4-64bit', 'pi3-64bit'],
      init_format: 'cloudinit',
    },
  ])
})

test('its boards have the tags of the entry, so that Imager shows the image for each', () => {
  expect(list.imager.devices.flatMap(({ tags }) => tags)).toEqual(list.os_list[0]?.devices as string[])
})
