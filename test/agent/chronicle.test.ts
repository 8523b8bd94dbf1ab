import { expect, test } from "@jest/globals";
import { Chronicle } from "../../src/agent/chronicle.ts";
import { planService } from "../../src/compile/plan/plan-service.ts";
import { FrontendOwners } from "../../src/compile/table/frontend-owners.ts";
import type { Round } from "../../src/daemon/table/round.ts";
import { type ObjectKey, serviceKey } from "../../src/model/service.ts";
import { endpoint, service, slice } from "../compile/values.ts";
import { settings } from "../support/arbitrary-cluster.ts";

function scene() {
  let now = 0;
  const chronicle = new Chronicle({ now: () => now, text: String });
  const owners = new FrontendOwners();
  const round = (about: Partial<Round> = {}): Round => ({
    family: "ip",
    kind: "partial",
    causes: ["Service"],
    services: new Map(),
    problems: new Map(),
    settings,
    owners,
    elements: 1,
    began: now,
    milliseconds: 2,
    ...about,
  });
  return {
    chronicle,
    round,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

/** So many Services that came with so many endpoints. */
function came(count: number, endpoints: number): Round["services"] {
  const all = Array.from({ length: endpoints }, (_, index) => endpoint(`10.244.0.${index + 1}`));
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const own = service({ name: `web-${index}` });
      const after = planService(own, [slice(all)], "ip", settings);
      return [serviceKey(own), { before: undefined, after }] as const;
    }),
  );
}

test("the last 200 rounds are kept, the newest first", () => {
  const { chronicle, round } = scene();
  for (let began = 1; began <= 250; began++) chronicle.synced(round({ began }));
  expect(chronicle.rounds).toHaveLength(200);
  expect(chronicle.rounds[0]).toMatchObject({ began: "250", failure: undefined });
  expect(chronicle.rounds.at(-1)).toMatchObject({ began: "51" });
  expect(chronicle.lastRound("ip")).toMatchObject({ began: "250" });
  expect(chronicle.lastRound("ip6")).toBeUndefined();
});

test("a round tells as much of what it changed as anybody reads", () => {
  const { chronicle, round } = scene();
  chronicle.synced(round({ services: came(1, 2) }));
  expect(chronicle.rounds[0]).toMatchObject({
    changes: ["default/web-0  + 10.96.0.10 port 80/tcp  + 10.244.0.1:8080  + 10.244.0.2:8080"],
    moreServices: 0,
  });
  chronicle.synced(round({ services: came(100, 100) }));
  const [{ changes, moreServices } = { changes: [], moreServices: 0 }] = chronicle.rounds;
  expect(changes).toHaveLength(20);
  expect(moreServices).toBe(80);
  expect(changes[0]).toMatch(/ {2}\+ 10\.244\.0\.9:8080 {2}\+ 91 more$/);
});

test("a failed round tells why, and what it was about is told by the one that succeeds", () => {
  const { chronicle, round } = scene();
  chronicle.failed(round({ services: came(1, 1) }), new Error("busy"), 800);
  expect(chronicle.rounds[0]).toMatchObject({ failure: "busy", services: 1, changes: [] });
  expect(chronicle.lastFailure("ip")).toEqual({ at: "0", message: "busy", retryInMilliseconds: 800 });
  expect(chronicle.lastRound("ip")).toBeUndefined();
  chronicle.synced(round({ services: came(1, 1) }));
  expect(chronicle.rounds[0]?.changes).toHaveLength(1);
});

test("a repair names the culprit, also where another round comes between", () => {
  const { chronicle, round, wait } = scene();
  for (let time = 0; time < 5; time++) {
    chronicle.drifted("ip", { program: "nft", pid: 4711, port: 4711 });
    wait(1000);
  }
  chronicle.synced(round());
  expect(chronicle.rounds[0]?.drift).toBeUndefined();
  chronicle.synced(round({ causes: ["drift"] }));
  expect(chronicle.rounds[0]?.drift).toEqual({ at: "4000", family: "ip", program: "nft", pid: 4711 });
  expect(chronicle.drift).toMatchObject({ count: 5, recent: 5 });
  wait(600_000);
  expect(chronicle.drift).toMatchObject({ count: 5, recent: 0, last: { pid: 4711 } });
});

test("what is set aside is known with its reason, until it is not any more", () => {
  const { chronicle, wait } = scene();
  const key: ObjectKey = "default/web";
  chronicle.setAside("ip", key, new Error("first"));
  wait(5);
  chronicle.setAside("ip", key, new Error("second"));
  chronicle.leftOut("ip", "chain firewall", new Error("third"));
  expect(chronicle.setAsideIn("ip")).toEqual([
    { name: "Service default/web", service: key, since: "0", reason: "second" },
    { name: "chain firewall", service: undefined, since: "5", reason: "third" },
  ]);
  expect(chronicle.servicesSetAside("ip")).toEqual([key]);
  expect(chronicle.reasonFor("ip6", key)).toBeUndefined();
  chronicle.restored("ip", key);
  chronicle.putIn("ip", "chain firewall");
  expect(chronicle.setAsideIn("ip")).toEqual([]);
});
