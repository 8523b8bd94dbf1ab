import { expect, test } from "@jest/globals";
import { frontendKeyOf } from "../../../src/compile/plan/frontends.ts";
import { type ConnectionsSource, NewConnections } from "../../../src/io/metrics/new-connections.ts";
import type { FrontendConnections } from "../../../src/io/nft/connections.ts";
import { families } from "../../../src/model/address.ts";

/** What scrapes tell, of what a kernel without IPv6 frontends has counted. */
function story(
  read: () => readonly FrontendConnections[],
  options: Partial<ConnectionsSource> = {},
): { wait: (seconds: number) => void; value: (series: string) => Promise<number | undefined>; failures: () => number } {
  let now = 0;
  let failures = 0;
  const source: ConnectionsSource = {
    read: async (family, onFrontend) => {
      if (family === "ip") for (const each of read()) onFrontend(each);
    },
    atMostEvery: 10_000,
    ...options,
  };
  const onFailure = () => {
    failures += 1;
  };
  const connections = new NewConnections(source, families, { now: () => now, onFailure });
  return {
    wait: (seconds) => {
      now += seconds * 1000;
    },
    value: async (series) => {
      await connections.fresh();
      const lines = [...connections.lines()];
      const found = lines.filter((line) => line.startsWith(`${series} `));
      expect(found.length).toBeLessThan(2);
      return found[0] === undefined ? undefined : Number(found[0].slice(series.length + 1));
    },
    failures: () => failures,
  };
}

function frontend(connections: number, fields: Partial<FrontendConnections> = {}): FrontendConnections {
  const port = { owner: "default/web:http", kind: "address", protocol: "tcp" } as const;
  return { ...port, frontend: frontendKeyOf("10.96.0.1", "tcp", 80), connections, ...fields };
}

const nodePort = { kind: "nodePort", frontend: frontendKeyOf(undefined, "tcp", 30080) } as const;
const external = { frontend: frontendKeyOf("203.0.113.1", "tcp", 80) };

const series = (rest: string) => `kube_nft_service_new_connections_total{ip_family="IPv4",namespace="default",${rest}}`;
const web = series('service="web",port="http",protocol="tcp",frontend="address"');
const webNodePort = series('service="web",port="http",protocol="tcp",frontend="nodePort"');

test("W-29 new connections of a service port only grow, whatever happens to its elements", async () => {
  let lists: readonly FrontendConnections[] = [];
  const { wait, value } = story(() => lists);
  const scrape = (...next: readonly FrontendConnections[]) => {
    lists = next;
    wait(10);
    return value(web);
  };
  expect(await scrape()).toBeUndefined();
  expect(await scrape(frontend(5), frontend(2, external), frontend(9, nodePort))).toBe(7);
  expect(await value(webNodePort)).toBe(9);
  expect(await scrape(frontend(6), frontend(2, external))).toBe(8);
  expect(await scrape(frontend(1), frontend(3, external))).toBe(10);
  expect(await scrape(frontend(1))).toBe(10);
  expect(await scrape(frontend(1), frontend(4, external))).toBe(14);
  expect(await value(webNodePort)).toBeUndefined();
  expect(await scrape()).toBeUndefined();
});

test("a frontend that another Service has got counts for that one", async () => {
  let lists = [frontend(5)];
  const { wait, value } = story(() => lists);
  expect(await value(web)).toBe(5);
  lists = [frontend(2, { owner: "default/api:http" })];
  wait(10);
  expect(await value(web)).toBeUndefined();
  expect(await value(series('service="api",port="http",protocol="tcp",frontend="address"'))).toBe(2);
});

test("counters are not read more often than allowed, and a failure leaves the previous values", async () => {
  let reads = 0;
  const { wait, value, failures } = story(() => {
    reads += 1;
    if (reads > 1) throw new Error("no kernel");
    return [frontend(5)];
  });
  expect(await value(web)).toBe(5);
  wait(9);
  expect(await value(web)).toBe(5);
  expect(reads).toBe(1);
  wait(1);
  expect(await value(web)).toBe(5);
  expect(reads).toBe(2);
  expect(failures()).toBe(1);
});

test("the full name of a service port is used, if it is known", async () => {
  const { value } = story(() => [frontend(5, { owner: "default/we" })], { servicePortOf: () => "default/web:http" });
  expect(await value(web)).toBe(5);
});

test("names from other programs cannot break the format", async () => {
  const { value } = story(() => [frontend(5, { owner: 'a"b\nc\\d/web' })]);
  const labels = 'namespace="a\\"b\\nc\\\\d",service="web",port="",protocol="tcp",frontend="address"';
  expect(await value(`kube_nft_service_new_connections_total{ip_family="IPv4",${labels}}`)).toBe(5);
});
