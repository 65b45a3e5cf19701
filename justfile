# Rootsmith: one YAML file in; what a device boots out. `just VERB --help` says what a verb takes.

set positional-arguments
# A verb says itself what went wrong; its exit code goes through unchanged.
set no-exit-message

# just runs recipes in this folder; verbs start relative paths where you are.
export ROOTSMITH_CWD := invocation_directory()

bun := 'node_modules/.bin/bun'
# By their first line: what becomes part of an image has no extension.
shell_scripts := "grep -rlsE '^#!(/usr)?/bin/(env )?(ba|da)?sh' --exclude '*.ejs' --exclude '*.ts' templates stages docker .ci"

[private]
@default:
    {{ just_executable() }} --list --unsorted

# Build what CONFIG describes: just build [CONFIG] [--rootfs PATH|URL] [--name NAME] [--strategy …] [--out DIR] [--set key=value]… [--fresh] [--emulate] [--profile-foreign] [--json]
[group('build')]
@build *args: _ready
    exec {{ bun }} scripts/build.ts "$@"

# Build, and make the .deb and the .run that flashes: just bundle [CONFIG] …
[group('build')]
@bundle *args: _ready
    exec {{ bun }} scripts/bundle.ts "$@"

# Say what would run, what is cached and why not: just plan [CONFIG] [--json]
[group('build')]
@plan *args: _ready
    exec {{ bun }} scripts/plan.ts "$@"

# Boot the built image in QEMU until its first boot is over: just boot [CONFIG] [--machine raspi3b|virt|both]
[group('look')]
@boot *args: _ready
    exec {{ bun }} scripts/boot.ts "$@"

# Open a shell in the rootfs as a stage left it: just shell [CONFIG] [STAGE]
[group('look')]
@shell *args: _ready
    exec {{ bun }} scripts/shell.ts "$@"

# Install the Debian packages that building here needs
[group('machine')]
@setup: _ready
    exec {{ bun }} scripts/setup.ts

# Say what a Mac lacks for building in a container, and with --apply install it: just mac-setup [--apply] [--boot]
[group('machine')]
@mac-setup *args: _ready
    exec {{ bun }} scripts/mac-setup.ts "$@"

# Say what this machine can and can't do, and how to mend it
[group('machine')]
@doctor *args: _ready
    exec {{ bun }} scripts/doctor.ts "$@"

# Make the image that builds where this machine can't, and look whether it can: just builder-image [--push NAME]
[group('machine')]
@builder-image *args: _ready
    exec {{ bun }} scripts/builder-image.ts "$@"

# Show what each layer in the cache costs, or make room: just cache [--prune]
[group('machine')]
@cache *args: _ready
    exec {{ bun }} scripts/cache.ts "$@"

# Remove results and the cache: just clean --help
[group('machine')]
@clean *args: _ready
    exec {{ bun }} scripts/clean.ts "$@"

# Measure builds on this machine, against what they could take: just bench [--part NAME]… [--skip-emulated] [--json]
[group('develop')]
@bench *args: _ready
    exec {{ bun }} scripts/bench.ts "$@"

# Write config/schema.json, from which editors know the keys of a config
[group('develop')]
@schema *args: _ready
    exec {{ bun }} scripts/schema.ts "$@"

# Check style, types, the schema and shell scripts, as CI does
[group('develop')]
@check: _ready
    node_modules/.bin/biome check --error-on-warnings
    node_modules/.bin/tsc --noEmit -p .
    {{ bun }} scripts/schema.ts --check
    if command -v shellcheck > /dev/null; then {{ shell_scripts }} | xargs -r shellcheck; \
      else echo 'shellcheck is not installed, so shell scripts were not checked'; fi

# Run every test: units, then whole builds (the first one takes a while)
[group('develop')]
test: test-unit test-build

[private]
@setup-tests: _ready
    {{ bun }} scripts/setup.ts --tests

# Run the unit tests: just test-unit [FILE]…
[group('develop')]
@test-unit *args: setup-tests
    exec {{ bun }} test --timeout 30000 --path-ignore-patterns 'test/build/**' "$@"

# Run the tests that build, boot and flash whole images: just test-build [FILE]…
[group('develop')]
@test-build *args: setup-tests
    [ $# -gt 0 ] || set -- test/build/; exec {{ bun }} test --timeout 3600000 "$@"

[private]
@_ready:
    test -x {{ bun }} || { echo '✖ the npm packages are missing' >&2; echo '  hint run `npm ci` in '"$PWD"' first' >&2; exit 2; }
