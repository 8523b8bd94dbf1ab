import { expect, test } from "@jest/globals";
import { AffinityLimits, type AffinityLimitsOptions, fairShare } from "../../../src/daemon/follow/affinity-limits.ts";
import { type ObjectKey, serviceKey } from "../../../src/model/service.ts";
import type { RememberedClient } from "../../../src/netlink/affinity.ts";
import { ip } from "../../compile/values.ts";
import { FakeClock } from "../../support/fake-clock.ts";

test.each([
  [[10, 20, 30], 100, Number.POSITIVE_INFINITY],
  [[1000, 20, 30], 100, 50],
  [[1000, 1000, 20], 100, 40],
  [[1000], 100, 100],
  [[], 100, Number.POSITIVE_INFINITY],
])("of %j, together %d: each may have %d", (wanted, sum, share) => {
  expect(fairShare(wanted, sum)).toBe(share);
});

/** A map of 200,000, and who has how many clients in it; one count each half second. */
function story(owned: Record<string, number>) {
  const clock = new FakeClock();
  const told: string[] = [];
  const unremembered: string[] = [];
  const abort = new AbortController();
  const total = () => Object.values(owned).reduce((sum, each) => sum + each, 0);
  const affinity: AffinityLimitsOptions["affinity"] = {
    async forget(_family, _protocol, isStale, _signal, most = Number.POSITIVE_INFINITY) {
      let clients = 0;
      let forgotten = 0;
      const all = total();
      for (const [service, count] of Object.entries(owned)) {
        // In the order of a hash, each has its share of every part.
        const part = Math.round((Math.min(most, all) / all) * count);
        for (let n = 0; n < part; n++) {
          clients += 1;
          if (!isStale(clientOf(service))) continue;
          forgotten += 1;
          owned[service] = (owned[service] ?? 0) - 1;
        }
      }
      return { clients, forgotten, isWhole: true };
    },
    async watchCounts(_family, onCounts, signal) {
      for (let times = 0; times < 300 && !signal.aborted; times++) {
        await onCounts(new Map([["tcp", total()]]));
        await clock.sleep(500, signal);
      }
    },
  };
  const limits = new AffinityLimits({
    family: "ip",
    affinity,
    capacity: 200_000,
    judge: () => (client) => services.get(client),
    setUnremembered: (services) => unremembered.push([...services].join()),
    clock,
    random: () => 0,
    events: {
      clientsCounted: () => undefined,
      clientsLimited: (_, service, clients) => told.push(`${clock.now()} ${service} has ${clients}`),
      clientsUnlimited: (_, service) => told.push(`${clock.now()} ${service} may again`),
      countFailed: (_, error) => told.push(String(error)),
    },
  });
  limits.begin();
  const ended = limits.run(abort.signal);
  const until = async (time: number) => {
    while (clock.now() < time && (await clock.advance()));
  };
  const stop = () => {
    abort.abort();
    return ended;
  };
  return { told, unremembered, until, stop };
}

const services = new Map<RememberedClient, ObjectKey>();
const clientsOf = new Map<string, RememberedClient>();

function clientOf(service: string): RememberedClient {
  const path = { destination: ip("10.96.0.10"), destinationPort: 80, endpoint: ip("10.1.0.1"), endpointPort: 80 };
  const client = clientsOf.get(service) ?? { path, source: () => ip("192.0.2.1"), key: () => new Uint8Array() };
  clientsOf.set(service, client);
  const [namespace = "", name = ""] = service.split("/");
  services.set(client, serviceKey({ namespace, name }));
  return client;
}

test("a Service that fills a map loses clients until half of it is free, and others keep theirs", async () => {
  const owned = { "default/hog": 160_000, "default/web": 20_000 };
  const { told, unremembered, until, stop } = story(owned);
  await until(2000);
  await stop();
  expect(told).toEqual(["0 default/hog has 160005"]);
  expect(unremembered).toEqual(["default/hog"]);
  expect(owned).toEqual({ "default/hog": 80_000, "default/web": 20_000 });
});

test("many small Services are not limited because of one or two large ones", async () => {
  const owned: Record<string, number> = { "default/a": 60_000, "default/b": 60_000 };
  for (let n = 0; n < 50; n++) owned[`default/small-${n}`] = 1000;
  const { unremembered, until, stop } = story(owned);
  await until(2000);
  await stop();
  expect(unremembered).toEqual(["default/a,default/b"]);
  expect(owned["default/small-7"]).toBe(1000);
});

test("a limit ends, and lasts twice as long the next time", async () => {
  const owned = { "default/hog": 160_000 };
  const { told, until, stop } = story(owned);
  await until(30_000);
  owned["default/hog"] = 160_000;
  await until(30_500);
  owned["default/hog"] = 160_000;
  await until(91_000);
  await stop();
  expect(told).toEqual([
    "0 default/hog has 160000",
    "30000 default/hog may again",
    "30500 default/hog has 160000",
    "90500 default/hog may again",
  ]);
});

test("nobody is limited below three quarters", async () => {
  const { told, unremembered, until, stop } = story({ "default/large": 150_000 });
  await until(5000);
  await stop();
  expect([told, unremembered]).toEqual([[], []]);
});
