import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import packageJSON from "../../package.json" with { type: "json" };
import { root } from "../golden/fixture.ts";

const dockerfile = readFileSync(`${root}/Dockerfile`, "utf8");

/** The programs that src/io may start, with the package of each; undefined for those that every Debian has. */
const packages: ReadonlyMap<string, string | undefined> = new Map([
  ["nft", "nftables"],
  ["socat", "socat"],
  ["unshare", undefined],
]);

test("the image has every program that the agent starts, the names of protocols, and no other package", () => {
  const sources = readdirSync(`${root}/src/io`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(`${root}/src/io/${file}`, "utf8"));
  const started = sources.flatMap((text) =>
    [...text.matchAll(/\b(?:execa|run)\(\s*"([\w-]+)"/g)].map(([, name]) => name),
  );
  expect([...new Set(started)].sort()).toEqual([...packages.keys()].sort());
  const installed = /apt-get install ((?:--\S+ )*)([^\\\n]+)/.exec(dockerfile)?.[2]?.trim().split(" ") ?? [];
  const wanted = [...packages.values()].filter((name) => name !== undefined);
  expect(installed.sort()).toEqual([...wanted, "netbase"].sort());
});

test("everything that is copied into the image exists, and is not ignored", () => {
  const [everything, ...exceptions] = readFileSync(`${root}/.dockerignore`, "utf8").trim().split("\n");
  expect(everything).toBe("*");
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = ""]) => files.split(" "));
  expect(copied.map((file) => `!${file}`).sort()).toEqual([...exceptions].sort());
  for (const file of copied) expect({ file, exists: existsSync(`${root}/${file}`) }).toEqual({ file, exists: true });
});

test("the image runs the bundle on the Node version of the tests, and has this version's name", () => {
  const { version } = JSON.parse(readFileSync(`${root}/node_modules/node/package.json`, "utf8"));
  expect([...dockerfile.matchAll(/^FROM node:(\S+)-trixie-slim\b/gm)].map(([, tag]) => tag)).toEqual([
    version,
    version,
  ]);
  const entrypoint: readonly string[] = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(dockerfile)?.[1] ?? "[]");
  expect(entrypoint).toEqual(["node", "--disable-sigusr1", `/kube-nft/${packageJSON.bin["kube-nft"]}`]);
  expect(dockerfile).toContain(`--tag kube-nft:${packageJSON.version} `);
  expect(dockerfile).toContain(`ARG VERSION=${packageJSON.version}\n`);
});
