import { BASE, table } from '../folder.ts'

const components = (...lines: string[]): string =>
  `${BASE}depends: [docker.io, docker-cli, docker-compose]\ncomponents:\n${lines.map(line => `  - {${line}}\n`).join('')}`
const compose = (more = ''): string => `type: docker-compose, path: c.yaml, target: /opt/app, operation: pull${more}`
const ONE = 'services:\n  web:\n    image: web:1\n'

table('compose files', [
  ['a good one is taken', { 'main.yaml': components(compose()), 'c.yaml': ONE }, []],
  [
    'what is wrong in one is said with its own file and line',
    { 'main.yaml': components(compose()), 'c.yaml': 'services:\n  web:\n    image: No\n' },
    ['c.yaml:3 components[0].path: services.web.image is not the name of an image'],
  ],
  [
    'a service that it lacks is an error where it is named',
    { 'main.yaml': components(compose(', services: [web, wob]')), 'c.yaml': ONE },
    ['main.yaml:8 components[0].services[1]: the compose file has no service `wob` [did you mean `web`?]'],
  ],
  [
    'a build without a name cannot be pulled',
    { 'main.yaml': components(compose()), 'c.yaml': 'services:\n  web:\n    build: .\n' },
    [
      'c.yaml:2 components[0].path: services.web has a `build` and no `image`, so it cannot be pulled ' +
        '[name its `image`, or set `operation: build` for the component]',
    ],
  ],
  [
    'a file that it names must be there',
    { 'main.yaml': components(compose()), 'c.yaml': `${ONE}    env_file: web.env\n` },
    ['c.yaml:4 components[0].path: services.web.env_file names `web.env`, which does not exist'],
  ],
  [
    'unless it may be missing',
    { 'main.yaml': components(compose()), 'c.yaml': `${ONE}    env_file: [{path: web.env, required: false}]\n` },
    [],
  ],
  [
    'a bind mount that is not there is made by Docker',
    { 'main.yaml': components(compose()), 'c.yaml': `${ONE}    volumes: [./data:/data, named:/x]\n` },
    [],
  ],
  [
    'a file that it names may not lie elsewhere',
    { 'main.yaml': components(compose()), 'c.yaml': `${ONE}    volumes:\n      - ./a/../../x:/x\n` },
    [
      'c.yaml:5 components[0].path: services.web.volumes names `./a/../../x`, which is not in the compose file’s folder'
        .replace('’', "'")
        .concat(
          ' [put it there, or bring it with a `file` or `directory` component and name it by its path on the device]',
        ),
    ],
  ],
  [
    'a folder without a letter gives no name',
    { 'main.yaml': components('type: docker-compose, path: c.yaml, target: /opt/…, operation: pull'), 'c.yaml': ONE },
    [
      'main.yaml:8 components[0].target: gives no name for the compose project ' +
        '[set `project`, in letters a-z, digits, `-` and `_`]',
    ],
  ],
  [
    'two projects of one name are refused, wherever the names come from',
    {
      'main.yaml': components(
        compose(),
        'type: docker-compose, path: c.yaml, target: /srv/x, operation: pull, project: app',
      ),
      'c.yaml': ONE,
    },
    [
      'main.yaml:9 components[1].project: makes the compose project `app`, and so does `components[0]` ' +
        '[set another `project` for one of them]',
    ],
  ],
])

const lacks = (what: string, hint: string, ...files: string[]): [string[]] => [
  [...files, `main.yaml:7 components[0].type: needs ${what}, which nothing installs [${hint}]`],
]
const on = (more: string): Record<string, string> => ({
  'main.yaml': `${BASE}${more}\ncomponents: [\n  {${compose()}}]\n`.replace('components: [\n  ', 'components: [ '),
  'c.yaml': ONE,
})

table('Docker', [
  [
    'it is installed by something',
    on('packages: [curl]'),
    ...lacks(
      "Docker, Docker's command and Docker Compose",
      'add `docker.io`, `docker-cli` and `docker-compose` to `depends`',
    ),
  ],
  ['and so is Compose', on('depends: [docker-ce]'), ...lacks('Docker Compose', 'add `docker-compose` to `depends`')],
  [
    'and in trixie the command, which Debian only recommends there',
    on('depends: [docker.io, docker-compose]'),
    ...lacks("Docker's command", 'add `docker-cli` to `depends`'),
  ],
  [
    'podman-docker is not Docker',
    on('depends: [podman-docker, docker-cli, docker-compose]'),
    ...lacks('Docker', 'add `docker.io` to `depends`'),
  ],
  ['Docker’s own packages will do, from `packages`, too', on('packages: [docker-ce=5:28, docker-compose-plugin]'), []],
])

table('Docker of bookworm', [
  [
    'has its command in it',
    {
      'main.yaml': `${BASE}depends: [docker.io, docker-compose]\ncomponents: [{${compose()}}]\n`.replace(
        'debian: {}',
        'debian: {suite: bookworm}',
      ),
      'c.yaml': ONE,
    },
    [],
  ],
  [
    'which need not be added, then',
    {
      'main.yaml': `${BASE}\ncomponents: [{${compose()}}]\n`.replace('debian: {}', 'debian: {suite: bookworm}'),
      'c.yaml': ONE,
    },
    ...lacks('Docker and Docker Compose', 'add `docker.io` and `docker-compose` to `depends`'),
  ],
])

const MINIMAL = (chown: string): Record<string, string> => ({
  'main.yaml': `${BASE}system: {user: {name: pi, ssh_keys: [ssh-ed25519 AAAA]}}\ncomponents:\n  - {type: file, source: f, target: /a, chown: "${chown}"}\n`,
  f: '',
})
table('owners', [
  ['base-passwd’s are there', MINIMAL('www-data:adm'), []],
  ['the user is', MINIMAL('pi:pi'), []],
  [
    'nobody else is, where no package could make one',
    MINIMAL('www-dta'),
    ['main.yaml:8 components[0].chown: the rootfs has no user `www-dta` [did you mean `www-data`?]'],
  ],
  [
    'nor another group',
    MINIMAL('pi:operators'),
    ['main.yaml:8 components[0].chown: the rootfs has no group `operators` [did you mean `operator`?]'],
  ],
  [
    'a package may make any',
    { ...MINIMAL('mosquitto'), 'main.yaml': `${MINIMAL('mosquitto')['main.yaml']}packages: [mosquitto]\n` },
    [],
  ],
])

table('claims', [
  [
    'what a compose project brings counts',
    {
      'main.yaml': components(compose(), 'type: file, source: f, target: /opt/app/web.env'),
      'c.yaml': `${ONE}    env_file: ./web.env\n`,
      'web.env': '',
      f: '',
    },
    ['main.yaml:9 components[1].target: is also written by `components[0]` [give each its own target]'],
  ],
  [
    'so does what is in a folder that it mounts',
    {
      'main.yaml': components('type: file, source: f, target: /opt/app/conf/x', compose()),
      'c.yaml': `${ONE}    volumes: ["./conf:/conf"]\n`,
      'conf/x': '',
      f: '',
    },
    ['main.yaml:9 components[1].target: `conf/x` in it is also written by `components[0]` [give each its own target]'],
  ],
  [
    'and the unit that is made for it',
    {
      'main.yaml': components(compose(), 'type: systemd, service: small-app.service'),
      'c.yaml': ONE,
      'small-app.service': '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n',
    },
    ['main.yaml:9 components[1].service: is also written by `components[0]` [give each its own target]'],
  ],
  [
    'old names of merged folders are the new ones',
    {
      'main.yaml': components('type: file, source: f, target: /lib/x', 'type: file, source: f, target: /usr/lib/x'),
      f: '',
    },
    ['main.yaml:9 components[1].target: is also written by `components[0]` [give each its own target]'],
  ],
])

table('the package', [
  [
    'its name has two characters',
    { 'main.yaml': components('type: file, source: f, target: /x').replace('name: small', 'name: s'), f: '' },
    ['main.yaml:1 name: cannot name the package of the components [set `package.name`, of two characters or more]'],
  ],
])
