/** Whether the rootfs's own Docker will find the images that were put there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { UserError } from '../lib/errors.ts'
import { resolveIn } from '../stage/files.ts'
import { STORE } from './trusted.ts'

const SETTINGS = 'etc/docker/daemon.json'

/** @throws UserError when it has no Docker, or one that keeps its images elsewhere or in another format */
export function requireReader(rootfs: string): void {
  const daemon = ['usr/sbin/dockerd', 'usr/bin/dockerd'].some(path => existsSync(resolveIn(rootfs, path)))
  if (!daemon)
    throw new UserError('the rootfs has no Docker, so nothing would use the images that were put into it', {
      hint: 'add `packages: [docker.io]` (Debian), or install Docker in a stage of yours',
    })
  const store = resolveIn(rootfs, STORE)
  if (existsSync(store) && readdirSync(store).length > 0)
    throw new UserError(`the rootfs has images of its own in /${STORE}`, {
      hint: 'start from one without, or remove the docker-compose components',
    })
  const file = resolveIn(rootfs, SETTINGS)
  const settings = existsSync(file) ? read(readFileSync(file, 'utf8')) : {}
  const wrong = [
    given(settings['data-root'], `/${STORE}`) && '`data-root`',
    given(settings.graph, `/${STORE}`) && '`graph`',
    given(settings['storage-driver'], 'overlay2') && '`storage-driver`',
    given((settings.features as Record<string, unknown> | undefined)?.['containerd-snapshotter'], false) &&
      '`features.containerd-snapshotter`',
  ].filter(Boolean)
  if (wrong.length > 0)
    throw new UserError(`/${SETTINGS} sets ${wrong.join(' and ')}, so the device's Docker would not see the images`, {
      hint: `images are put into /${STORE}, for the storage driver overlay2: leave these out`,
    })
}

const given = (value: unknown, only: unknown): boolean => value !== undefined && value !== only

function read(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    throw new UserError(`/${SETTINGS} is not JSON, so the device's Docker would not start`)
  }
}
