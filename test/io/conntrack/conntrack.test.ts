import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Flow, FlowFilter } from "../../../src/daemon/follow/udp-frontends.ts";
import { conntrack, readFlow } from "../../../src/io/conntrack/conntrack.ts";
import type { Family } from "../../../src/model/address.ts";
import { rootTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";
import { withPath } from "../../support/with-path.ts";

const signal = new AbortController().signal;

const load = ["sh", "-c", "cat | conntrack -R -"];

/** The commands that make the kernel's table hold flows, as the program takes them. */
function flow(client: string, destination: string, source: string, options = "-p udp"): string {
  const [ip = "", port = ""] = destination.split(" ");
  const [endpoint = "", endpointPort = ""] = source.split(" ");
  const nat = endpoint === ip ? `-r ${endpoint}` : `-g ${endpoint}`;
  return [
    `-I -t 300 -s ${client} -d ${ip} ${nat} -q ${client} ${options}`,
    `--sport 40000 --dport ${port} --reply-port-src ${endpointPort} --reply-port-dst 40000`,
  ].join(" ");
}

async function flowsLeft(namespace: NetNamespace, family: string): Promise<readonly string[]> {
  const lines = (await namespace.must(["conntrack", "-L", "-f", family])).split("\n");
  return lines.map((line) => `${/^\w+/.exec(line)?.[0]} ${/src=(\S+)/.exec(line)?.[1]}`).sort();
}

const cases: readonly (readonly [Family, string, (host: number) => string])[] = [
  ["ip", "ipv4", (host) => `10.1.0.${host}`],
  ["ip6", "ipv6", (host) => `fd00::${host}`],
];

for (const [family, name, host] of cases) {
  rootTest(`${name}: it deletes the flows that match, and no others`, async () => {
    const namespace = await NetNamespace.start();
    try {
      const service = `${host(100)} 53`;
      await namespace.must(
        load,
        `${[
          flow(host(1), service, `${host(2)} 5353`),
          flow(host(2), service, `${host(2)} 5353`),
          flow(host(3), service, `${host(2)} 5354`),
          flow(host(4), service, `${host(3)} 5353`),
          flow(host(5), service, service),
          flow(host(6), service, `${host(2)} 5353`, "-p udp -w 7"),
          flow(host(7), service, `${host(2)} 5353`, "-p tcp --state ESTABLISHED -u ASSURED"),
          flow(host(8), `${host(100)} 54`, `${host(2)} 5353`),
          flow(host(9), `${host(101)} 53`, `${host(9)} 5353`),
          flow(host(10), `${host(101)} 53`, `${host(101)} 53`),
        ].join("\n")}\n`,
      );
      const seen: Flow[] = [];
      const stale = (flow: Flow): FlowFilter | undefined => {
        seen.push(flow);
        const { destination, destinationPort, replySource, replySourcePort } = flow;
        if (destination === host(101)) return { destination, destinationPort };
        const isStale = destinationPort === 53 && replySource !== host(3) && replySourcePort !== 5354;
        return isStale ? flow : undefined;
      };
      const result = await namespace.withPrograms(["conntrack"], () => conntrack.deleteFlows(family, stale, signal));
      expect(seen).toHaveLength(8);
      expect(result).toEqual({ flows: 8, deleted: 5 });
      expect(await flowsLeft(namespace, name)).toEqual(
        [`tcp ${host(7)}`, `udp ${host(3)}`, `udp ${host(4)}`, `udp ${host(6)}`, `udp ${host(8)}`].sort(),
      );
    } finally {
      await namespace.close();
    }
  });
}

rootTest("a hundred thousand flows take little time, and as many stale ones little more", async () => {
  const namespace = await NetNamespace.start();
  try {
    const flows = Array.from({ length: 100_000 }, (_, i) =>
      flow(`172.16.${(i >> 8) & 255}.${i & 255}`, `10.96.${i >> 16}.10 53`, `10.244.0.${1 + (i % 200)} 5353`),
    );
    await namespace.must(load, `${flows.join("\n")}\n`);
    const began = performance.now();
    const result = await namespace.withPrograms(["conntrack"], () =>
      conntrack.deleteFlows("ip", (flow) => (flow.replySource === "10.244.0.7" ? flow : undefined), signal),
    );
    expect(result).toEqual({ flows: 100_000, deleted: 500 });
    expect(performance.now() - began).toBeLessThan(5000);
  } finally {
    await namespace.close();
  }
});

/** Runs `body` with a program conntrack that does this script. */
async function withProgram<T>(script: string, body: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "kube-nft-"));
  await writeFile(join(directory, "conntrack"), `#!/bin/sh\ncd ${directory}\n${script}\n`, { mode: 0o755 });
  try {
    return await withPath(`${directory}:${process.env["PATH"]}`, () => body(directory));
  } finally {
    await rm(directory, { recursive: true });
  }
}

const oneFlow =
  "echo 'udp 17 29 src=10.1.0.1 dst=10.96.0.1 sport=1 dport=53 src=10.1.0.2 dst=10.1.0.1 sport=5353 dport=1 use=1'";

const interruptions = ["Interrupted system call", "No buffer space available", "such conntrack doesn't exist"];

for (const interruption of interruptions) {
  test(`B-229 a call is made again: ${interruption}`, async () => {
    const script = `${oneFlow}; echo x >>calls
      if [ "$(wc -l <calls)" -gt 3 ]; then exit 0; fi
      echo "conntrack v1.4.7 (conntrack-tools): Operation failed: ${interruption}" >&2; exit 1`;
    await withProgram(script, async (directory) => {
      expect(await conntrack.deleteFlows("ip", (flow) => flow, signal)).toMatchObject({ deleted: 1 });
      expect((await readFile(join(directory, "calls"), "utf8")).split("\n")).toHaveLength(6);
    });
  });
}

test("B-229 what goes on failing, and what fails for another reason, is an error", async () => {
  const failing = (words: string) =>
    `echo "conntrack v1.4.7 (conntrack-tools): Operation failed: ${words}" >&2; exit 1`;
  const call = () => conntrack.deleteFlows("ip", (flow) => flow, signal);
  const asked = [
    ["Interrupted system call", "conntrack failed: conntrack v1.4.7 (conntrack-tools): Operation failed: Interrupted"],
    ["Operation not permitted", "conntrack may not do this: it needs CAP_NET_ADMIN; run it as root"],
    ["Invalid argument", "Operation failed: Invalid argument"],
  ] as const;
  for (const [words, message] of asked) {
    await withProgram(failing(words), () => expect(call()).rejects.toThrow(message));
  }
});

test("flows that are gone when they are to be deleted are no error", async () => {
  const none = "conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted.";
  await withProgram(`[ "$1" = -D ] || { ${oneFlow}; exit; }; echo "${none}" >&2; exit 1`, async () => {
    expect(await conntrack.deleteFlows("ip", (flow) => flow, signal)).toEqual({ flows: 1, deleted: 0 });
  });
});

test("it ends when it is to", async () => {
  await withProgram("exec sleep 60", async () => {
    const abort = new AbortController();
    const ended = conntrack.deleteFlows("ip", (flow) => flow, abort.signal);
    setTimeout(() => abort.abort(), 100);
    await expect(ended).rejects.toThrow("conntrack");
  });
});

test("what is missing is named", async () => {
  await withPath("/nonexistent", () =>
    expect(conntrack.deleteFlows("ip", () => undefined, signal)).rejects.toThrow(
      "conntrack is not in PATH; install the package conntrack",
    ),
  );
});

const line = "udp      17 29 src=10.1.0.1 dst=10.96.0.1 sport=2001 dport=53 ";
const reply = "src=10.1.0.2 dst=10.1.0.1 sport=5353 dport=2001 ";

const lines = [
  ["no answer yet", `${line}[UNREPLIED] ${reply}mark=0 use=1`],
  ["accounting", `${line}packets=1 bytes=30 [UNREPLIED] ${reply}packets=0 bytes=0 mark=0 use=1`],
  ["a helper and labels", `${line}${reply}[ASSURED] mark=0 secctx=null helper=x use=1 labels=y`],
] as const;

for (const [name, text] of lines) {
  test(`a line with ${name}`, () => {
    const replySource = { replySource: "10.1.0.2", replySourcePort: 5353 };
    expect(readFlow(text)).toEqual({ destination: "10.96.0.1", destinationPort: 53, ...replySource });
    expect(readFlow(text.replace(" use=1", " zone=5 use=1"))).toBeUndefined();
    expect(readFlow(text.replace(" sport=2001", " zone-orig=5 sport=2001"))).toBeUndefined();
    expect(readFlow(text.slice(0, 80))).toBeUndefined();
  });
}
