#!/usr/bin/env node
// No static imports here: on an older Node they would fail, with messages that help nobody.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`kube-nft: needs Node 22.19 or newer; this is ${process.versions.node}\n`);
  process.exitCode = 2;
} else {
  const { main } = await import("./program.ts");
  await main(process.argv.slice(2));
}

export {};
