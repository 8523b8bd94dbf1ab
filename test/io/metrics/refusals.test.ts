import { expect, test } from "@jest/globals";
import { frontendKeyOf } from "../../../src/compile/plan/frontends.ts";
import { Refusals } from "../../../src/io/metrics/refusals.ts";
import type { CountedRefusals } from "../../../src/io/nft/refusals.ts";
import { address } from "../../../src/model/address.ts";
import type { ObjectKey } from "../../../src/model/service.ts";

const clusterIP = address("10.96.0.1");
const frontend = frontendKeyOf("10.96.0.1", "tcp", 80);
const nobodys = frontendKeyOf("10.96.0.9", "tcp", 80);
const nodePort = frontendKeyOf(undefined, "tcp", 30080);

/** What is told of a kernel without IPv6, of which all belongs to one Service. */
function story() {
  let now = 0;
  let counts: readonly CountedRefusals[] = [];
  let isKnown = true;
  const totals = new Map<string, number>();
  const owner = { service: "default/web" as ObjectKey };
  const refusals = new Refusals(
    {
      read: async (_, onRefused) => counts.forEach(onRefused),
      atMostEvery: 1000,
      ownerOf: (_, of) => {
        if ("clusterIP" in of) return { ...owner, port: "" };
        return of.frontend === nobodys ? undefined : { ...owner, port: "http" };
      },
      isKnown: () => isKnown,
    },
    ["ip"],
    {
      now: () => now,
      onFailure: () => {
        throw new Error("failed");
      },
      onRefused: (_, { reason, packets }) => void totals.set(reason, (totals.get(reason) ?? 0) + packets),
    },
  );
  return {
    totals,
    forget: () => {
      isKnown = false;
    },
    read: async (...next: readonly CountedRefusals[]) => {
      now += 1000;
      counts = next;
      await refusals.fresh();
      const lines = [...refusals.lines()].filter((line) => !line.startsWith("#"));
      return lines.map((line) =>
        line.replace(/^\w+\{ip_family="IPv4",namespace="default",service="web",(.*)\} (\d+)\n$/, "$1 $2"),
      );
    },
  };
}

const refused = (packets: number, of: CountedRefusals["of"] = { frontend }): CountedRefusals => ({
  reason: "no endpoints",
  of,
  packets,
});

test("W-29 refused packets of a service port only grow, whatever happens to their elements", async () => {
  const { read, totals, forget } = story();
  const web = 'port="http",reason="no endpoints"';
  expect(await read()).toEqual([]);
  expect(await read(refused(3), refused(2, { frontend: nodePort }))).toEqual([`${web} 5`]);
  expect(await read(refused(4))).toEqual([`${web} 6`]);
  expect(await read()).toEqual([`${web} 6`]);
  expect(await read(refused(4))).toEqual([`${web} 10`]);
  expect(await read(refused(1))).toEqual([`${web} 11`]);
  expect(totals).toEqual(new Map([["no endpoints", 11]]));
  forget();
  expect(await read(refused(1))).toEqual([]);
  expect(totals).toEqual(new Map([["no endpoints", 11]]));
});

test("W-29 each reason is reported, and packets of deleted Services are in the sum only", async () => {
  const { read, totals } = story();
  if (clusterIP === undefined) throw new Error("not an address");
  const unknownPort = { reason: "unknown port", of: { clusterIP }, packets: 1 } as const;
  const slip = { reason: "slip", of: { frontend }, packets: 2 } as const;
  expect(await read(unknownPort, slip, refused(3, { frontend: nobodys }))).toEqual([
    'port="",reason="unknown port" 1',
    'port="http",reason="slip" 2',
  ]);
  expect(totals).toEqual(
    new Map([
      ["unknown port", 1],
      ["slip", 2],
      ["no endpoints", 3],
    ]),
  );
});
