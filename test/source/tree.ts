/** A small rootfs with all that a file system can hold, and what a tree holds as text, for comparing two of them. */
import { createHash } from 'node:crypto'
import { copyFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../output/harness.ts'

/** cap_net_raw+ep, as setcap(8) writes it: linux/capability.h, version 2. */
const CAPABILITY = '0x0100000200200000000000000000000000000000'

/** Names with all that is special in a shell, in debugfs and in attributes. */
const FILL = String.raw`
cd /rootfs
ln -s usr/bin bin; ln -s ../usr/lib/os-release etc/os-release; ln -s nowhere/at/all etc/dangling; ln -s /etc/passwd etc/absolute
ln -s "$(printf 'long/%.0s' {1..40})" etc/long
cp usr/bin/bash usr/bin/su; chmod 4755 usr/bin/su; ln usr/bin/su usr/bin/su2; ln usr/bin/su "opt/a b/su3"
cp usr/bin/bash usr/bin/ping; setfattr -n security.capability -v "$1" usr/bin/ping
cp usr/bin/bash usr/bin/write; chgrp 5 usr/bin/write; chmod 2755 usr/bin/write
mkfifo -m 620 opt/pipe; chown 1000:5 opt/pipe
truncate -s 40M opt/sparse; printf end >> opt/sparse
printf a > $'opt/new\nline'; printf b > 'opt/quo"te'"'"'s'; printf c > opt/ünïcödé; printf d > $'opt/latin\xe9'; printf e > ' opt '; printf f > 'opt/debugfs: ls <2>'
printf g > 'opt/-dash'; printf h > 'opt/$(touch x)'
setfattr -n user.text -v 'plain \012 text' home/pi; setfattr -n user.bytes -v 0x00ff0a22 $'opt/new\nline'; setfattr -n user.empty -h opt/ünïcödé
setfattr -n user.large -v "$(printf 'x%.0s' {1..900})" opt/-dash
setfattr -n system.posix_acl_access -v 0x0200000001000700ffffffff02000500e803000004000500ffffffff10000500ffffffff20000500ffffffff home
mkdir -m 1777 opt/sticky; ln -s /etc/passwd home/pi/link; chown -hR 1000:1000 home/pi; chown 12345:70000 'opt/quo"te'"'"'s'; chmod 700 home/pi; chmod 000 opt/ünïcödé
touch -h -d '2001-02-03 04:05:06' etc/fstab opt "opt/a b" opt/pipe usr/bin/su; chmod 755 .`

/** Fills `bench.rootfs`. It needs root, as any rootfs does. */
export async function makeTree({ rootfs, tools }: Pick<Bench, 'rootfs' | 'tools'>): Promise<void> {
  for (const folder of [
    'usr/bin',
    'usr/lib',
    'usr/include/sys',
    'etc',
    'boot/firmware',
    'home/pi',
    'opt/a b',
    'proc',
    'tmp',
  ])
    mkdirSync(join(rootfs, folder), { recursive: true })
  for (let [deep, level] = [join(rootfs, 'opt/deep'), 0]; level < 30; level++, deep = join(deep, 'd'))
    mkdirSync(join(deep, 'd'), { recursive: true })
  copyFileSync('/bin/bash', join(rootfs, 'usr/bin/bash'))
  writeFileSync(join(rootfs, 'etc/passwd'), 'root:x:0:0::/root:/bin/bash\n')
  writeFileSync(join(rootfs, 'usr/lib/os-release'), 'ID=sample\n')
  writeFileSync(join(rootfs, 'usr/include/sys/types.h'), 'kept\n')
  writeFileSync(
    join(rootfs, 'etc/fstab'),
    'PARTUUID=1-01 /boot/firmware vfat defaults 0 2\nPARTUUID=1-02 / ext4 defaults 0 1\n',
  )
  writeFileSync(join(rootfs, 'opt/back\\slash'), '')
  await tools`bash -euc ${FILL} fill ${CAPABILITY}`
}

/** A line for each file, folder and link: what it is, and all that it has but the times of links and pipes. */
export async function describeTree({ rootfs, tools }: Pick<Bench, 'rootfs' | 'tools'>): Promise<string[]> {
  const lines: string[] = []
  const first = new Map<number, string>()
  const walk = (folder: Buffer, path: string): void => {
    for (const name of readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare)) {
      const at = Buffer.concat([folder, Buffer.from('/'), name])
      const shown = JSON.stringify(`${path}/${name.toString('latin1')}`)
      const stat = lstatSync(at)
      const words = [shown, (stat.mode & 0o177777).toString(8), stat.uid, stat.gid]
      if (stat.isFile()) words.push(Math.floor(stat.mtimeMs / 1000))
      if (stat.isSymbolicLink()) words.push(readlinkSync(at))
      if (stat.isFile()) words.push(stat.size, createHash('sha256').update(readFileSync(at)).digest('hex').slice(0, 16))
      if (stat.isFile() && stat.size > 3e7) words.push(stat.blocks * 512 < 1e6 ? 'sparse' : 'full')
      const other = first.get(stat.ino)
      if (other) words.push(`= ${other}`)
      else if (!stat.isDirectory()) first.set(stat.ino, shown)
      lines.push(words.join(' '))
      if (stat.isDirectory()) {
        lines.push(`${shown} ${Math.floor(stat.mtimeMs / 1000)}`)
        walk(at, `${path}/${name.toString('latin1')}`)
      }
    }
  }
  walk(Buffer.from(rootfs), '')
  const attributes =
    await tools`cd /rootfs; getfattr --dump --match=- --encoding=hex --no-dereference --recursive . | sort`
  return [...lines, ...attributes.stdout.split('\n').filter(line => line && !line.startsWith('# file: tmp'))]
}
