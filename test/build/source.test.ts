/** Rootfs from a folder, a tar, a disk image or an address: customised like any other, and the original stays as it was. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import { digestOf } from '../../scripts/plan/world.ts'
import { tlsServer } from '../source/tls-server.ts'
import { Project, rootsmith } from './driver.ts'

const quiet = $({ quiet: true })
const base = new Project('sourcebase')
const project = new Project('sourcetest')
const archive = (): string => join(project.out, 'sourcetest.rootfs.tar.zst')
const fileOf = async (path: string): Promise<string> => (await quiet`tar -xOf ${archive()} ${path}`).stdout
let before = ''

beforeAll(async () => {
  expect((await base.build()).code).toBe(0)
  cpSync(join(base.out, 'sourcebase.rootfs.tar.zst'), join(project.dir, 'base.tar.zst'))
  mkdirSync(join(project.dir, 'tree'))
  await quiet`tar -C ${join(project.dir, 'tree')} --numeric-owner --xattrs --xattrs-include=* -xf ${join(project.dir, 'base.tar.zst')}`
  before = digestOf(join(project.dir, 'tree'))
}, 600_000)
afterAll(() => {
  base.remove()
  project.remove()
})

const more = (path: string): string =>
  `from: {rootfs: {path: ${path}}}\nsystem: {ssh: false, hostname: derived}\npackages: [hello]\nnetwork: {nameservers: [192.0.2.1]}`

test('a tar is unpacked, and packages are installed in it', async () => {
  project.config(more('base.tar.zst'))
  expect((await project.build()).all).toContain('sourcetest.rootfs.tar.zst')
  expect(await fileOf('./etc/hostname')).toBe('derived\n')
  expect(await fileOf('./usr/share/doc/hello/copyright')).toContain('hello')
})

test("the resolver is the config's, not the build machine's", async () => {
  expect(await fileOf('./etc/resolv.conf')).toBe('nameserver 192.0.2.1\n')
})

test('a folder with the same content gives the same bytes, and is not changed', async () => {
  const digest = project.metadata().artifacts[0]?.sha256
  project.config(more('tree'))
  expect((await project.build()).code).toBe(0)
  expect(project.metadata().artifacts[0]?.sha256).toBe(digest)
  expect(digestOf(join(project.dir, 'tree'))).toBe(before)
})

test('the same by https gives the same bytes, and is downloaded once', async () => {
  const digest = project.metadata().artifacts[0]?.sha256
  const server = await tlsServer()
  server.files['/base.tar.zst'] = readFileSync(join(project.dir, 'base.tar.zst'))
  project.config(more('base.tar.zst').replace('path: base.tar.zst', `url: "${server.at('/base.tar.zst')}"`))
  const { code, all } = await project.build([], { env: server.trust })
  expect(all).toContain('add the line `sha256: ')
  expect(code).toBe(0)
  expect(project.metadata().artifacts[0]?.sha256).toBe(digest)
  // --fresh unpacks it again.
  expect((await project.build(['--fresh'], { env: server.trust })).code).toBe(0)
  expect(server.asked).toEqual(['/base.tar.zst'])
  server.close()
})

/** Mode, owner, size and name; times of links are not kept by debugfs. */
const listing = async (): Promise<string[]> => {
  const { stdout } = await quiet`tar --numeric-owner -tvf ${archive()}`
  return stdout.split('\n').map(line => line.replace(/ \d{4}-\d\d-\d\d \d\d:\d\d /, ' '))
}

test('a disk image with the same content gives the same tree, and is not changed', async () => {
  const expected = await listing()
  const [tree, image] = [join(project.dir, 'tree'), join(project.dir, 'disk.img')]
  await quiet`mke2fs -q -t ext4 -d ${tree} ${join(project.dir, 'root.ext4')} 600M; truncate -s 640M ${image}
    echo 'start=4MiB, size=600MiB' | sfdisk -q ${image}
    dd if=${join(project.dir, 'root.ext4')} of=${image} bs=4M seek=1 conv=notrunc,sparse status=none`
  const digest = digestOf(image)
  project.config(more('disk.img'))
  const { code, all } = await project.build()
  expect(all).toContain('sourcetest.rootfs.tar.zst')
  expect(code).toBe(0)
  expect(await listing()).toEqual(expected)
  expect(digestOf(image)).toBe(digest)
  for (const name of ['root.ext4', 'disk.img']) rmSync(join(project.dir, name))
}, 300_000)

test("the seed's command line puts an application on a rootfs that is set up already", async () => {
  const tree = join(project.dir, 'tree')
  appendFileSync(join(tree, 'etc/passwd'), 'pi:x:1234:1234:Pi:/srv/pi:/bin/sh\n')
  appendFileSync(join(tree, 'etc/group'), 'pi:x:1234:\n')
  appendFileSync(join(tree, 'etc/shadow'), 'pi:$6$kept:19000:0:99999:7:::\n')
  writeFileSync(join(project.dir, 'app.conf'), 'app\n')
  writeFileSync(
    join(project.dir, 'builder.yaml'),
    'depends: [hello]\ncomponents:\n  - {type: file, source: app.conf, target: /etc/app.conf}\n' +
      'system: {user: {name: pi, ssh_keys: [ssh-ed25519 AAAA], sudo: none}}\n',
  )
  const words = ['--rootfs', 'tree', '--config', 'builder.yaml', '--name', 'sourcetest']
  const planned = await rootsmith('plan', words, { cwd: project.dir })
  expect(planned.all).toContain('a rootfs that is brought along keeps its own')
  const { code, all } = await rootsmith('build', words, { cwd: project.dir })
  expect(all).toContain('sourcetest.rootfs.tar.zst')
  expect(code).toBe(0)
  expect(await fileOf('./etc/app.conf')).toBe('app\n')
  expect(await fileOf('./var/lib/dpkg/status')).toMatch(/Package: hello\nStatus: install ok installed/)
  expect(await fileOf('./etc/hostname')).toBe('sourcebase\n')
  expect(await fileOf('./etc/passwd')).toMatch(/^pi:x:1234:1234:Pi:\/srv\/pi:\/bin\/bash$/m)
  expect(await fileOf('./etc/shadow')).toMatch(/^pi:\$6\$kept:/m)
  expect(await fileOf('./srv/pi/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA\n')
}, 300_000)

test('a device node outside of /dev ends the build with an error that names it', async () => {
  await quiet`cd ${join(project.dir, 'tree')} && mkdir -p srv dev && mknod srv/disk b 8 0 && mknod -m 666 dev/mine c 1 3 && tar -cf ../node.tar ./usr/bin/bash ./srv ./dev`
  project.config(more('node.tar'))
  const { code, stderr } = await project.build()
  expect(code).toBe(1)
  expect(stderr).toContain('node.tar cannot be read: tar: ./srv/disk: Cannot mknod: Operation not permitted')
  expect(stderr).not.toContain('dev/mine')
})

test('a truncated archive ends the build with an error that names it', async () => {
  await quiet`head -c 1000000 ${join(project.dir, 'base.tar.zst')} > ${join(project.dir, 'short.tar.zst')}`
  project.config(more('short.tar.zst'))
  const { code, stderr } = await project.build()
  expect(code).toBe(1)
  expect(stderr).toContain('short.tar.zst cannot be read: ')
  expect(stderr).not.toContain('    at ')
})
