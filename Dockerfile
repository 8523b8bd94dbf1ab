# docker build --tag kube-nft:0.1.0 .
FROM node:24-trixie-slim AS build
WORKDIR /kube-nft
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY build.mjs tsconfig.json ./
COPY src src
RUN npm run build

FROM node:24-trixie-slim
# socat speaks netlink: it asks for the elements of sets, listens to notifications of changes to nftables, and asks for
# connections and deletes them.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends nftables socat \
 && rm -rf /var/lib/apt/lists/*
# Two threads beside the main one, each of which holds memory; a nursery that keeps the start short; and a heap with room for
# 30,000 Services of 10 endpoints, with which a restart was seen to take 570 MB in all. What a pod sets as NODE_OPTIONS
# replaces all three.
ENV NODE_OPTIONS="--v8-pool-size=2 --max-semi-space-size=8 --max-old-space-size=900"
WORKDIR /kube-nft
# dist holds every package that it needs; package.json says that its files are modules.
COPY --from=build /kube-nft/package.json ./
COPY --from=build /kube-nft/dist dist
ENTRYPOINT ["node", "/kube-nft/dist/cli.js"]
CMD ["--help"]
