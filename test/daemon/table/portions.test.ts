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
