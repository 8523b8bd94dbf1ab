import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { allCapabilities, type Capabilities, noCapabilities } from "../../../src/compile/settings.ts";
import { examine } from "../../../src/io/nft/capabilities.ts";
import type { Family } from "../../../src/model/address.ts";
import { kernelTest, rootTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";
import { withPath } from "../../support/with-path.ts";

/** What this nft finds out about a family. */
async function found(nft: string, family: Family, mayMakeNamespace = false) {
  const namespace = await NetNamespace.start();
  const examination = namespace.withPrograms([nft], () => examine([family], mayMakeNamespace));
  const { capabilities, lacks, problems } = await examination.finally(() => namespace.close());
  return { capabilities: capabilities[family], lacks, problems };
}

kernelTest("the features of nft and the kernel are found, and nothing is left behind", async (nft) => {
  expect(await found(nft, "ip")).toEqual({ capabilities: allCapabilities, lacks: [], problems: [] });
  const isOld = !nft.includes("debian-13");
  expect(await found(nft, "ip6")).toEqual({
    capabilities: { ...allCapabilities, affinity: isOld ? "hash" : "remember" },
    lacks: isOld
      ? [
          {
            feature: "affinity",
            message: expect.stringMatching(/^IPv6: there is no session affinity \(needs nft 1\.0\.7\): .*Assertion/),
          },
        ]
      : [],
    problems: [],
  });
});

/** What an nft that does not know a construct is taken to be able to do; undefined: too little. */
const hosts: readonly (readonly [pattern: string, can: Partial<Capabilities> | undefined, lacks: readonly string[]])[] =
  [
    ["@allowed-sources", { sourceRanges: false }, ["IPv4: load balancer IPs with source ranges are closed"]],
    ["tcp reset", { reject: false }, ["IPv4: connections are dropped instead of refused"]],
    ["counter;", { counters: false }, ["IPv4: neither new connections nor refused packets are counted"]],
    ["update @affinity-sctp", { affinity: "hash" }, ["IPv4: there is no session affinity (needs nft 1.0.7)"]],
    [
      "sticky-frontends-tcp\\|jhash",
      { affinity: "none", sourceHash: false },
      [
        "IPv4: endpoints are not chosen by a hash of the client",
        "IPv4: there is no session affinity (needs nft 1.0.7)",
        "IPv4: endpoints cannot be chosen by a hash of the client's address",
      ],
    ],
    [
      "reject\\|allowed-sources\\|counter\\|update\\|jhash",
      noCapabilities,
      [
        "IPv4: load balancer IPs with source ranges are closed",
        "IPv4: endpoints are not chosen by a hash of the client",
        "IPv4: connections are dropped instead of refused",
        "IPv4: neither new connections nor refused packets are counted",
        "IPv4: there is no session affinity (needs nft 1.0.7)",
        "IPv4: endpoints cannot be chosen by a hash of the client's address",
      ],
    ],
    ["fib saddr", undefined, []],
  ];

const refusal = "Could not process rule: Operation not supported";

/** An nft that refuses the first line that a pattern matches, and else is nft in a network namespace of its own. */
function refusing(pattern: string): string {
  return `line=$(printf '%s\n' "$text" | grep -n -m 1 -e '${pattern}' | cut -d : -f 1)
[ -z "$line" ] || { echo "/dev/stdin:$line:1-4: Error: ${refusal}" >&2; exit 1; }`;
}

async function foundBy(script: string, families: readonly Family[]) {
  const folder = await mkdtemp(join(tmpdir(), "kube-nft-"));
  const { PATH = "" } = process.env;
  const text = `#!/bin/sh
text=$(cat)
${script}
printf '%s\n' "$text" | PATH='${PATH}' unshare -n nft "$@"
`;
  await writeFile(join(folder, "nft"), text);
  await chmod(join(folder, "nft"), 0o755);
  const examination = withPath(`${folder}:${PATH}`, () => examine(families, false));
  return examination.finally(() => rm(folder, { recursive: true }));
}

rootTest("a family that cannot be served does not prevent the other", async () => {
  expect(await foundBy(refusing("table ip6"), ["ip", "ip6"])).toEqual({
    families: ["ip"],
    capabilities: { ip: allCapabilities, ip6: allCapabilities },
    lacks: [
      { feature: "family", message: `IPv6: nft or the kernel does not support what every table needs: ${refusal}` },
    ],
    problems: [],
  });
});

rootTest("only the refused construct is left out, or reported as required", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kube-nft-"));
  const { PATH = "" } = process.env;
  const results: unknown[] = [];
  for (const [pattern] of hosts) {
    const script = `#!/bin/sh
text=$(cat)
line=$(printf '%s\\n' "$text" | grep -n -m 1 -e '${pattern}' | cut -d : -f 1)
[ -z "$line" ] || { echo "/dev/stdin:$line:1-4: Error: ${refusal}" >&2; exit 1; }
printf '%s\\n' "$text" | PATH='${PATH}' unshare -n nft "$@"
`;
    await writeFile(join(folder, "nft"), script);
    await chmod(join(folder, "nft"), 0o755);
    results.push(await withPath(`${folder}:${PATH}`, () => examine(["ip"], false)));
  }
  await rm(folder, { recursive: true });
  expect(results).toEqual(
    hosts.map(([, can, lacks]) => ({
      families: can === undefined ? [] : ["ip"],
      capabilities: { ip: { ...allCapabilities, ...can }, ip6: allCapabilities },
      lacks: lacks.map((message) => expect.objectContaining({ message: `${message}: ${refusal}` })),
      problems:
        can === undefined ? [`IPv4: nft or the kernel does not support what every table needs: ${refusal}`] : [],
    })),
  );
});
