# docker build --tag kube-nft:0.1.0 .
FROM node:24.21.0-trixie-slim AS build
WORKDIR /kube-nft
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY build.mjs tsconfig.json ./
COPY src src
RUN npm run build

FROM node:24.21.0-trixie-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="kube-nft" \
      org.opencontainers.image.description="A kube-proxy replacement that compiles Kubernetes Services into nftables" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# socat provides netlink sockets: to read the elements of sets, to watch changes of nftables, and to list and delete
# connections. netbase has the names of protocols and ports, which nft prints. Packages are those of the day of the base image,
# which it names in a comment: so the same commit gives the same image. What only builds need is removed.
RUN sed -i -e '/^# http/{s/^#/URIs:/;n;d}' /etc/apt/sources.list.d/debian.sources \
 && apt-get -o Acquire::Check-Valid-Until=false update \
 && apt-get install --yes --no-install-recommends netbase nftables socat \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /usr/local/lib/node_modules /opt/yarn* \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
 && ln -s /kube-nft/dist/cli.js /usr/local/bin/kube-nft
# Two threads beside the main one, as each holds memory; a nursery for a short start; and a heap for 30,000 Services of
# 10 endpoints, with which a restart took 570 MB in all. NODE_OPTIONS of a pod replaces all three.
ENV NODE_OPTIONS="--v8-pool-size=2 --max-semi-space-size=16 --max-old-space-size=900"
WORKDIR /kube-nft
# dist contains all packages; package.json declares its files as modules.
COPY LICENSE ./
COPY --from=build /kube-nft/package.json ./
COPY --from=build /kube-nft/dist dist
# SIGUSR1 would open the debugger on loopback, to everybody on the node.
ENTRYPOINT ["node", "--disable-sigusr1", "/kube-nft/dist/cli.js"]
CMD ["--help"]
