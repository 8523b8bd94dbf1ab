FROM node:24-trixie-slim AS build
WORKDIR /kube-nft
COPY package.json package-lock.json ./
RUN npm ci
COPY build.mjs tsconfig.json ./
COPY src src
RUN npm run build

FROM node:24-trixie-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends nftables conntrack \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /kube-nft
# dist holds every package that it needs; package.json says that its files are modules.
COPY --from=build /kube-nft/package.json ./
COPY --from=build /kube-nft/dist dist
ENTRYPOINT ["node", "/kube-nft/dist/cli.js"]
