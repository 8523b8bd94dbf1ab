import { expect, test } from "@jest/globals";
import { compile } from "../../../src/compile/compile.ts";
import type { ObjectKey } from "../../../src/model/service.ts";
import { diffTables } from "../../../src/nft/transaction.ts";
import { endpoint, ips, portOf, service, servicePort, slice } from "../../compile/values.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { settle } from "../../support/fake-clock.ts";
import { ReconcilerScene } from "../../support/reconciler-scene.ts";

const ports = Array.from({ length: 45 }, (_, index) => servicePort({ name: `p${index}`, port: portOf(1000 + index) }));
const endpoints = (count: number) =>
  Array.from({ length: count }, (_, index) => endpoint(`10.200.${index >> 8}.${index & 255}`, { nodeName: "node-2" }));
const bigSlice = (count: number) =>
  slice(endpoints(count), {
    serviceName: "big",
    ports: ports.map(({ name, protocol }) => ({ name, protocol, port: portOf(8080) })),
  });

test("a Service with very many elements is applied in portions, with changes of others in between", async () => {
  const scene = new ReconcilerScene();
  const { store, rounds } = scene;
  /** Lets the reconciler do one more round. */
  const oneRound = async () => {
    const { length } = rounds;
    for (let tries = 0; rounds.length === length && tries < 10_000; tries++) await settle();
    expect(rounds.length).toBeGreaterThan(length);
  };
  store.setService("default/web", service());
  store.setSlice("default/web-1", slice([endpoint("10.244.1.11")]));
  await scene.quiet();
  /** Another Service comes, in a round that is not after those of the large one. */
  const others = async (name: string, last: number) => {
    const { length } = rounds;
    store.setService(`default/${name}`, service({ name, clusterIPs: ips(`10.96.0.${last}`) }));
    await scene.quiet();
    const about = (key: ObjectKey) => rounds.slice(length).map(({ services }) => services.has(key));
    expect(about(`default/${name}`).indexOf(true)).toBeGreaterThanOrEqual(0);
    expect(about(`default/${name}`).indexOf(true)).toBeLessThanOrEqual(about("default/big").lastIndexOf(true));
  };
  const served = () => {
    const elements = scene.kernel.kernel.table("ip")?.sets.get("served")?.elements ?? [];
    return elements.filter(({ key }) => key[0] === "10.96.0.20").length;
  };
  const first = rounds.length;
  store.setSlice("default/big-1", bigSlice(1000));
  store.setService("default/big", service({ name: "big", clusterIPs: ips("10.96.0.20"), ports }));
  await oneRound();
  expect(served()).toBeLessThan(25);
  await others("a", 21);
  expect(served()).toBe(45);
  store.setService("default/big", undefined);
  await oneRound();
  await others("b", 22);
  expect(served()).toBe(0);
  const large = rounds.slice(first);
  expect(large.filter(({ kind, elements }) => kind !== "partial" || elements > 30_000)).toEqual([]);
  const cluster = {
    services: [...store.services.values()],
    endpointSlices: [...store.slices.values()],
    nodes: [],
    serviceCIDRs: [],
  };
  const [table] = compile(cluster, settings).ruleset;
  expect(table && diffTables(scene.kernel.kernel.table("ip"), table).commands).toEqual([]);
  await scene.end();
});

test("an endpoint that is added to all ports of such a Service takes one round", async () => {
  const scene = new ReconcilerScene();
  const { store, rounds } = scene;
  store.setSlice("default/big-1", bigSlice(1000));
  store.setService("default/big", service({ name: "big", clusterIPs: ips("10.96.0.20"), ports }));
  await scene.quiet();
  const { length } = rounds;
  store.setSlice("default/big-1", bigSlice(1001));
  await scene.quiet();
  const [round, ...more] = rounds.slice(length);
  expect(more).toEqual([]);
  expect(round?.elements).toBeLessThan(1000);
  await scene.end();
});

test("many Services that claim what becomes a ClusterIP follow over several rounds, with changes of others in between", async () => {
  const scene = new ReconcilerScene();
  const { store, rounds } = scene;
  const bank = service({ name: "bank", clusterIPs: ips("198.51.100.7"), created: 9 });
  const names = Array.from({ length: 90 }, (_, index) => `tenant-${index}`);
  for (const [index, name] of names.entries()) {
    const tenant = service({
      name,
      clusterIPs: ips(`10.96.1.${index}`),
      externalIPs: ips("198.51.100.7"),
      ports: [servicePort({ port: portOf(1000 + index) })],
    });
    store.setService(`default/${name}`, tenant);
  }
  await scene.quiet();
  const external = () =>
    scene.kernel.kernel
      .table("ip")
      ?.sets.get("no-endpoints")
      ?.elements.filter(({ key }) => key[0] === "198.51.100.7").length;
  expect(external()).toBe(90);
  for (const [change, left] of [
    [bank, 1],
    [undefined, 90],
  ] as const) {
    const { length } = rounds;
    store.setService("default/bank", change);
    for (let tries = 0; rounds.length === length && tries < 10_000; tries++) await settle();
    store.setService("default/other", service({ name: "other", clusterIPs: ips(`10.96.0.${left}`) }));
    await scene.quiet();
    expect(external()).toBe(left);
    const about = rounds
      .slice(length)
      .map(({ services }) => [...services.keys()].filter((key) => key.includes("tenant")));
    expect(about.map((keys) => keys.length)).toEqual([40, 20, 20, 10]);
    expect(rounds.slice(length).findIndex(({ services }) => services.has("default/other"))).toBeLessThan(3);
  }
  await scene.end();
});
