# docker build --tag kube-nft:0.1.0 .
FROM node:24-trixie-slim AS build
WORKDIR /kube-nft
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY build.mjs tsconfig.json ./
COPY src src
RUN npm run build

FROM node:24-trixie-slim
# socat provides netlink sockets: to read the elements of sets, to watch changes of nftables, and to list and delete
# connections.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends nftables socat \
 && rm -rf /var/lib/apt/lists/*
# Two threads beside the main one, as each holds memory; a nursery for a short start; and a heap for 30,000 Services of
# 10 endpoints, with which a restart took 570 MB in all. NODE_OPTIONS of a pod replaces all three.
ENV NODE_OPTIONS="--v8-pool-size=2 --max-semi-space-size=16 --max-old-space-size=900"
WORKDIR /kube-nft
# dist contains all packages; package.json declares its files as modules.
COPY --from=build /kube-nft/package.json ./
COPY --from=build /kube-nft/dist dist
# SIGUSR1 would open the debugger on loopback, to everybody on the node.
ENTRYPOINT ["node", "--disable-sigusr1", "/kube-nft/dist/cli.js"]
CMD ["--help"]
