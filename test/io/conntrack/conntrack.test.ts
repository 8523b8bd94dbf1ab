import { execFileSync, spawn } from "node:child_process";
import { expect, test } from "@jest/globals";
import { kernelConntrack } from "../../../src/io/conntrack/conntrack.ts";
import type { Family } from "../../../src/model/address.ts";
import { protocols } from "../../../src/model/port.ts";
import type { Flow } from "../../../src/netlink/conntrack.ts";
import { addFlows, flow, flowClients } from "../../support/conntrack.ts";
import { eventually } from "../../support/eventually.ts";
import { rootTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";
import { withPath } from "../../support/with-path.ts";
import { withProgram } from "../../support/with-program.ts";

const signal = new AbortController().signal;

async function inNamespace(body: (namespace: NetNamespace) => Promise<void>): Promise<void> {
  const namespace = await NetNamespace.start();
  try {
    await namespace.withPrograms(["socat"], () => body(namespace));
  } finally {
    await namespace.close();
  }
}

const cases: readonly (readonly [Family, "ipv4" | "ipv6", (host: number) => string])[] = [
  ["ip", "ipv4", (host) => `10.1.0.${host}`],
  ["ip6", "ipv6", (host) => `fd00::${host}`],
];

/** Each kind of flow, and whether it is one to judge: the connections that nobody has answered, and all of UDP. */
const kinds = [
  ["-p udp", true],
  ["-p udp -u SEEN_REPLY,ASSURED", true],
  ["-p tcp --state SYN_SENT", true],
  ["-p sctp --state COOKIE_WAIT --orig-vtag 1 --reply-vtag 1", true],
  ["-p tcp --state SYN_SENT -u SEEN_REPLY", false],
  ["-p tcp --state SYN_RECV -u SEEN_REPLY", false],
  ["-p tcp --state ESTABLISHED", false],
  ["-p tcp --state ESTABLISHED -u SEEN_REPLY,ASSURED", false],
  ["-p sctp --state ESTABLISHED --orig-vtag 1 --reply-vtag 1 -u SEEN_REPLY,ASSURED", false],
  ["-p udp -w 7", false],
  ["-p udp --orig-zone 7", false],
  ["-p udp --reply-zone 7", false],
  ["-p tcp --state SYN_SENT -w 7", false],
] as const;

for (const [family, name, host] of cases) {
  rootTest(
    `${name}: it judges flows in their first steps and in the default zone, and deletes those that are stale`,
    () =>
      inNamespace(async (namespace) => {
        const service = `${host(200)} 53`;
        const flows = kinds.flatMap(([options], i) => [
          flow(host(i + 1), service, `${host(100)} 5353`, options),
          flow(host(i + 101), service, `${host(101)} 5354`, options),
        ]);
        await addFlows(namespace, flows);
        const before = await flowClients(namespace, name);
        const seen: Flow[] = [];
        const ownerOf = (each: Flow) => {
          seen.push(each);
          return each.replySourcePort === 5353 ? "" : undefined;
        };
        const result = await kernelConntrack().deleteFlows(family, protocols, ownerOf, signal);
        expect(result).toEqual({ flows: { tcp: 2, udp: 4, sctp: 2 }, deleted: 4 });
        const [destination, destinationPort] = [host(200), 53];
        const translated = { protocol: "tcp", sourcePort: 40000, destination, destinationPort, isMasqueraded: false };
        const one = { ...translated, source: host(3), replySource: host(100), replySourcePort: 5353 };
        const other = { ...translated, source: host(103), replySource: host(101), replySourcePort: 5354 };
        expect(seen.slice(0, 2)).toEqual(expect.arrayContaining([one, other]));
        const gone = new Set(kinds.flatMap(([, isJudged], i) => (isJudged ? [host(i + 1)] : [])));
        expect(await flowClients(namespace, name)).toEqual(
          before.filter((each) => !gone.has(each.split(" ")[1] ?? "")),
        );
      }),
  );
}

rootTest("a masqueraded client is recognized, and an untranslated flow", () =>
  inNamespace(async (namespace) => {
    const masqueraded = "-t 300 -p udp -s 10.1.0.1 -d 10.1.0.9 -r 10.1.0.2 -q 10.1.0.5 --sport 4 --dport 53";
    await addFlows(namespace, [
      `${masqueraded} --reply-port-src 5353 --reply-port-dst 6`,
      flow("10.1.0.3", "10.1.0.8 53", "10.1.0.8 53"),
    ]);
    const seen: string[] = [];
    const ownerOf = ({ source, destination, replySource, isMasqueraded }: Flow) => {
      seen.push(`${source} ${destination} ${replySource} ${isMasqueraded}`);
      return undefined;
    };
    await kernelConntrack().deleteFlows("ip", ["udp"], ownerOf, signal);
    expect(seen.sort()).toEqual(["10.1.0.1 10.1.0.9 10.1.0.2 true", "10.1.0.3 10.1.0.8 10.1.0.8 false"]);
  }),
);

rootTest("a flow that ended meanwhile is not a failure, and one that replaced it stays", () =>
  inNamespace(async (namespace) => {
    const flows = [1, 2, 3].map((i) => flow(`10.1.0.${i}`, "10.1.0.9 53", "10.1.0.8 5353"));
    await addFlows(namespace, flows);
    const run = (...command: string[]) =>
      execFileSync("nsenter", [...namespace.enter.slice(1), "conntrack", ...command], { stdio: "ignore" });
    let isFirst = true;
    const ownerOf = () => {
      if (isFirst) {
        run("-D", "-s", "10.1.0.1");
        run("-D", "-s", "10.1.0.2");
        run("-I", ...flow("10.1.0.2", "10.1.0.9 53", "10.1.0.7 5353").split(" "));
      }
      isFirst = false;
      return "";
    };
    expect(await kernelConntrack().deleteFlows("ip", ["udp"], ownerOf, signal)).toEqual({
      flows: { udp: 3 },
      deleted: 1,
    });
    expect(await flowClients(namespace, "ipv4")).toEqual(["udp 10.1.0.2"]);
  }),
);

rootTest("DNS is served first, and then one flow of each owner in turn", () =>
  inNamespace(async (namespace) => {
    const listener = spawn("nsenter", [...namespace.enter.slice(1), "conntrack", "-E", "-e", "DESTROY"]);
    const heard: string[] = [];
    listener.stdout.on("data", (bytes: Buffer) => heard.push(bytes.toString()));
    await eventually(async () => / 12 +\d+ +00000004 /.test(await namespace.must(["cat", "/proc/net/netlink"])), true);
    const flows = (to: string, count: number) =>
      Array.from({ length: count }, (_, i) => flow(`10.1.0.1 ${1000 + i}`, to, `${to.split(" ")[0]}0 1`));
    // A listener's socket holds 166 events: it may not have read one before the last is there.
    const all = [...flows("10.96.0.1 80", 100), ...flows("10.96.0.2 80", 3), ...flows("10.96.0.3 53", 5)];
    await addFlows(namespace, all);
    const ownerOf = ({ destination }: Flow) => destination;
    const result = await kernelConntrack().deleteFlows("ip", ["udp"], ownerOf, signal);
    const order = () =>
      [...heard.join("").matchAll(/DESTROY.* dst=10\.96\.0\.(\d) .*\n/g)].map(([, to]) => to).join("");
    await eventually(async () => order().length, result.deleted).finally(() => listener.kill());
    expect(order()).toMatch(/^3{5}((12)|(21)){3}1{97}$/);
  }),
);

rootTest("of 200,000 flows it deletes the 2,000 that are stale", () =>
  inNamespace(async (namespace) => {
    const count = 200_000;
    const flows = Array.from({ length: count }, (_, i) => {
      const client = `172.${16 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
      return flow(client, `10.96.${i % 7}.10 53`, i % 100 === 0 ? "10.244.0.1 53" : "10.244.0.2 53");
    });
    await addFlows(namespace, flows);
    const ownerOf = (each: Flow) => (each.replySource === "10.244.0.1" ? each.destination : undefined);
    const result = await kernelConntrack().deleteFlows("ip", ["udp"], ownerOf, signal);
    expect(result).toEqual({ flows: { udp: count }, deleted: count / 100 });
    expect(await namespace.must(["conntrack", "-C"])).toBe(String(count - count / 100));
  }),
);

rootTest("a missing capability is named", async () => {
  const script = '#!/bin/sh\nexec setpriv --reuid=65534 --clear-groups /usr/bin/socat "$@"\n';
  await withProgram("socat", script, () =>
    expect(kernelConntrack().deleteFlows("ip", ["udp"], () => "", signal)).rejects.toThrow(
      "netlink needs CAP_NET_ADMIN",
    ),
  );
});

test("it ends when it is told to", async () => {
  await withProgram("socat", "#!/bin/sh\nexec sleep 600\n", async () => {
    const abort = new AbortController();
    const ended = kernelConntrack().deleteFlows("ip", ["udp"], () => "", abort.signal);
    setTimeout(() => abort.abort(), 100);
    await expect(ended).rejects.toThrow("socat");
  });
});

test("a missing program is named", async () => {
  await withPath("/nonexistent", () =>
    expect(kernelConntrack().deleteFlows("ip", ["udp"], () => undefined, signal)).rejects.toThrow(
      "socat is not in PATH; install the package socat",
    ),
  );
});
