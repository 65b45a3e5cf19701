# What Rootsmith builds in where the machine itself can't: `just builder-image` makes it, and the debian strategy does.
# Only what every engine's builder knows (no --mount, no here-documents): an engine without BuildKit must do, too.

# What it starts from: Debian's own image, or one that Rootsmith made with mmdebstrap where no registry answers.
ARG BASE=debian:trixie-slim

# Thrown away: compilers, and npm, which brings Bun.
FROM ${BASE} AS make
RUN apt-get -o Acquire::Retries=5 update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=5 install -y --no-install-recommends \
      ca-certificates gcc musl-tools npm
WORKDIR /make
# A network that has its own certificate authority: its certificates, if the builder of this image has any.
COPY package.json package-lock.json docker/extra-ca.cr[t] ./
ARG NPM_CONFIG_REGISTRY
RUN if [ -f extra-ca.crt ]; then export NODE_EXTRA_CA_CERTS=/make/extra-ca.crt; fi \
 && npm ci --omit=dev --no-audit --no-fund \
 && install -D "$(readlink -f node_modules/.bin/bun)" /made/usr/local/bin/bun
# The handler that runs foreign programs natively, under the name by which Rootsmith finds it.
COPY scripts/lib/bash.ts scripts/lib/
COPY scripts/sandbox/handler.ts scripts/sandbox/handler.c scripts/sandbox/arch.ts scripts/sandbox/
RUN node_modules/.bin/bun -e 'import("/make/scripts/sandbox/handler.ts").then(it => it.compileHandler("/made/usr/lib/rootsmith/handlers"))' \
 && test -n "$(ls /made/usr/lib/rootsmith/handlers)" \
 && find /made -exec touch --no-dereference --date=@0 {} +
# An engine without BuildKit keeps this stage; by its label Rootsmith finds and removes it.
LABEL org.rootsmith.builder=make

FROM ${BASE}
# The packages that `just setup` installs for building: scripts/sandbox/requirements.ts, and a test compares them. What
# makes two of these images differ (logs, caches, the time of day) goes in the same layer that it came with.
RUN apt-get -o Acquire::Retries=5 update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=5 install -y --no-install-recommends \
      ca-certificates debian-archive-keyring git mmdebstrap mount tar uidmap util-linux \
 && useradd --uid 1000 --create-home --shell /bin/bash builder \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/aux-cache /var/lib/dpkg/*-old \
      /var/log/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/* /etc/*- \
 && : > /etc/machine-id
COPY --from=make /made /
LABEL org.opencontainers.image.title="rootsmith-builder" \
      org.opencontainers.image.description="Builds root filesystems with Rootsmith" \
      org.opencontainers.image.licenses="MIT"
ARG VERSION=0
ARG REVISION
LABEL org.opencontainers.image.version="${VERSION}" org.opencontainers.image.revision="${REVISION}"
ENV LC_ALL=C.UTF-8
# Whoever runs it without thinking is nobody special; Rootsmith itself asks for root and a handful of capabilities.
USER builder
WORKDIR /home/builder
CMD ["bash"]
