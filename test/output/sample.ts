/** A small rootfs with everything that is easily lost on the way into an image. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from './harness.ts'

const SCRIPT = `
cd /rootfs
umask 022
mkdir -p etc boot/firmware/overlays usr/bin var/tmp home/pi
echo 'root:x:0:0:root:/root:/bin/bash' > etc/passwd
echo 'pi:x:1000:1000::/home/pi:/bin/bash' >> etc/passwd
printf 'root:x:0:\\nvideo:x:44:\\npi:x:1000:\\n' > etc/group
head -c 300000 /usr/bin/bash > usr/bin/prog; chmod 4755 usr/bin/prog
ln usr/bin/prog usr/bin/prog-again
head -c 5000 /usr/bin/bash > usr/bin/ping
setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 usr/bin/ping
setfattr -n user.note -v "$(printf 'n%.0s' {1..1000})" etc/group
truncate -s 3M var/sparse; echo end >> var/sparse
ln -s ../usr/bin/prog etc/prog; ln -s "$(printf 't%.0s' {1..100})" etc/long
mkfifo var/fifo; mknod var/null c 1 3
chmod 1777 var/tmp; echo hi > home/pi/note; chown -R 1000:1000 home/pi
echo odd > $'etc/F\\xc5\\x91tan\\xfas\\xedtv'
head -c 700000 /usr/bin/bash > boot/firmware/kernel8.img
echo arm_64bit=1 > boot/firmware/config.txt
echo dtb > boot/firmware/overlays/disable-bt.dtbo
find . -exec touch -h -d @1600000000 {} +
touch -d @1800000000 etc/passwd
`

export async function fillSample(b: Bench): Promise<void> {
  await writeFile(join(b.work, 'sample.sh'), SCRIPT)
  await b.tools`bash -e /work/sample.sh`
}
