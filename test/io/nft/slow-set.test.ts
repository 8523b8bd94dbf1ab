import { expect } from "@jest/globals";
import { Drift } from "../../../src/daemon/drift/drift.ts";
import { Store } from "../../../src/daemon/store.ts";
import { Overrun } from "../../../src/daemon/table/kernel.ts";
import { Reconciler } from "../../../src/daemon/table/reconciler.ts";
import type { ReconcilerEvents } from "../../../src/daemon/table/reconciler-options.ts";
import { systemClock } from "../../../src/io/host/clock.ts";
import { nftKernel } from "../../../src/io/nft/kernel.ts";
import type { ObjectKey } from "../../../src/model/service.ts";
import { ips, networks, service } from "../../compile/values.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { kernelTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

/** The kernel takes several seconds for so many ranges of one set, and lets nobody else change anything meanwhile. */
const ranges = networks(
  ...Array.from({ length: 20_000 }, (_, index) => `10.${index >> 12}.${(index >> 4) & 255}.${(index & 15) * 16}/29`),
);
const wide = service({
  name: "wide",
  type: "LoadBalancer",
  clusterIPs: ips("10.96.1.1"),
  loadBalancerIPs: ips("203.0.113.1"),
  loadBalancerSourceRanges: ranges,
});
const count = 50;
const key = (index: number): ObjectKey => `default/web-${index}`;
const web = (index: number, address = `10.96.0.${index}`) =>
  service({ name: `web-${index}`, clusterIPs: ips(address) });

kernelTest("a Service whose set takes the kernel too long is set aside, and all others are served", async (nft) => {
  const namespace = await NetNamespace.start();
  const stop = new AbortController();
  const aside: unknown[] = [];
  const failures: unknown[] = [];
  const ignore = () => {};
  const events: ReconcilerEvents = {
    requested: ignore,
    synced: ignore,
    failed: (_, error) => failures.push(error),
    setAside: (_, name, error) => aside.push([name, error]),
    restored: ignore,
    leftOut: (_, part, error) => failures.push([part, error]),
    putIn: ignore,
  };
  const served = async () => {
    const table = await namespace.must([nft, "list", "ruleset"]);
    return [...new Set(table.match(/10\.\d+\.\d+\.\d+ \. tcp \. 80 comment "default\/web-\d+"/g))].length;
  };
  const scene = namespace.withPrograms([nft, "socat"], async () => {
    const store = new Store();
    const drift = new Drift({ clock: systemClock, holderOf: () => undefined, onDrift: ignore, onDue: ignore });
    drift.lost();
    const reconciler: Reconciler = new Reconciler({
      family: "ip",
      store,
      settings: { ...settings, sourceRangeLimit: ranges.length, tableSourceRangeLimit: ranges.length },
      kernel: nftKernel({ onUnread: (_, error) => failures.push(error), usual: 1500 }),
      drift,
      clock: systemClock,
      random: () => 1,
      events,
      minSyncPeriod: 0,
    });
    store.follow((change) => {
      if ("key" in change) reconciler.request(change.kind, change.key);
    });
    store.setService("default/wide", wide);
    for (let index = 0; index < count; index++) store.setService(key(index), web(index));
    const running = reconciler.run(stop.signal);
    await eventually(async () => aside.length, 1);
    await eventually(served, count);
    // What others change does not wait for it.
    store.setService(key(count), web(count));
    await eventually(served, count + 1);
    stop.abort();
    await running;
  });
  await scene.finally(() => namespace.close());
  expect(aside).toEqual([["default/wide", expect.any(Overrun)]]);
  expect(failures).toEqual([]);
});
