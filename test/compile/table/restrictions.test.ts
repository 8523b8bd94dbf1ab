import { describe, expect, test } from "@jest/globals";
import { planProblemText } from "../../../src/compile/plan/problem-texts.ts";
import type { ServicePlan } from "../../../src/compile/plan/service-plan.ts";
import type { Settings } from "../../../src/compile/settings.ts";
import { ServiceTable } from "../../../src/compile/table/service-table.ts";
import { type Service, serviceKey } from "../../../src/model/service.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { ips, networks, planAmong, portOf, service, servicePort } from "../values.ts";

/** A table that Services come into one after another; each step gives those that it changed, by name. */
function story(limits: Partial<Settings> = {}) {
  const here = { ...settings, ...limits };
  const table = new ServiceTable("ip", here);
  const change = (each: Service, isDeleted = false) => {
    const changes = table.setService(serviceKey(each), isDeleted ? undefined : planAmong(each, [], here));
    return changes.map(([key]) => key.split("/")[1]).sort();
  };
  const plan = (name: string): ServicePlan | undefined => [...table.plans].find((each) => each.service.name === name);
  const said = (name: string) => {
    const found = plan(name);
    return found?.problems.map((problem) => planProblemText(found.service, problem).message);
  };
  return { table, plan, said, put: (each: Service) => change(each), remove: (each: Service) => change(each, true) };
}

describe("an address that is the ClusterIP of a Service is nobody else's, on any port", () => {
  const bank = service({ name: "bank", clusterIPs: ips("198.51.100.7"), created: 9 });
  const tenant = (fields: Partial<Service>) =>
    service({ name: "tenant", created: 1, ports: [servicePort({ port: portOf(81) })], ...fields });
  const refusal = ["198.51.100.7 port 81/tcp is the ClusterIP of Service default/bank; it is not served for this port"];
  const served = (plan: ServicePlan | undefined) =>
    plan?.ports.flatMap(({ frontends }) => frontends.map(({ frontend }) => frontend)).length;

  test.each<[string, Partial<Service>]>([
    ["an external IP", { externalIPs: ips("198.51.100.7") }],
    ["a load balancer IP", { loadBalancerIPs: ips("198.51.100.7") }],
  ])("%s, whichever comes first", (_, fields) => {
    const { plan, said, put, remove } = story();
    expect(put(tenant(fields))).toEqual(["tenant"]);
    expect([served(plan("tenant")), said("tenant")]).toEqual([2, []]);
    expect(put(bank)).toEqual(["bank", "tenant"]);
    expect([served(plan("tenant")), said("tenant")]).toEqual([1, refusal]);
    expect(put(tenant(fields))).toEqual(["tenant"]);
    expect([served(plan("tenant")), said("tenant")]).toEqual([1, refusal]);
    expect(remove(bank)).toEqual(["bank", "tenant"]);
    expect([served(plan("tenant")), said("tenant")]).toEqual([2, []]);
  });

  test("of many who claim it, each change plans a few anew, and the rest follows", () => {
    const { table, plan, put, remove } = story();
    const names = Array.from({ length: 90 }, (_, n) => `tenant-${n}`);
    const claim = (name: string, n: number) =>
      tenant({ name, created: n, clusterIPs: ips(`10.96.1.${n}`), externalIPs: ips("198.51.100.7") });
    for (const [n, name] of names.entries()) put(claim(name, n));
    const inAll = () => names.map((name) => served(plan(name)));
    const settle = () => {
      const sizes = [];
      while (!table.isSettled) sizes.push(table.settle().length);
      return sizes;
    };
    expect(put(bank).length).toBe(21);
    expect(settle()).toEqual([20, 20, 20, 10]);
    expect(inAll()).toEqual(names.map(() => 1));
    expect(remove(bank).length).toBe(21);
    // Whoever changes meanwhile is planned as all is now.
    expect(put(claim("tenant-89", 89))).toContain("tenant-89");
    expect(put({ ...bank, name: "other" }).length).toBe(21);
    settle();
    expect(inAll()).toEqual(names.map(() => 1));
    remove({ ...bank, name: "other" });
    settle();
    expect(inAll()).toEqual(names.map(() => 2));
  });

  test("its own ClusterIP among its external IPs is no problem", () => {
    const { said, put } = story();
    put({ ...bank, externalIPs: bank.clusterIPs });
    expect(said("bank")).toEqual([]);
  });
});

describe("source ranges of all Services together", () => {
  const ranges = networks("192.0.3.0/25", "198.51.100.0/25", "203.0.113.128/25");
  const filtered = (name: string, created: number, count = 3) =>
    service({
      name,
      created,
      clusterIPs: ips(`10.96.0.${created}`),
      loadBalancerIPs: ips(`203.0.113.${created}`),
      loadBalancerSourceRanges: ranges.slice(0, count),
    });
  const closed = ({ table }: ReturnType<typeof story>) =>
    [...table.plans].flatMap(({ service: { name }, problems }) => (problems.length > 0 ? [name] : []));
  const elements = ({ table }: ReturnType<typeof story>) =>
    table.declared().sets.get("allowed-sources-tcp")?.elements.length;

  test("are those of the oldest, in whatever order they come", () => {
    const services = [filtered("a", 3), filtered("b", 1), filtered("c", 4, 1), filtered("d", 2)];
    for (const order of [services, services.toReversed()]) {
      const scene = story({ tableSourceRangeLimit: 6 });
      for (const each of order) scene.put(each);
      expect(closed(scene)).toEqual(["a", "c"]);
      expect(elements(scene)).toBe(6);
      expect(scene.table.declared().sets.get("firewalled-tcp")?.elements.length).toBe(4);
      expect(scene.said("a")).toEqual([
        "are beyond the 6 that all Services of a node may have, as those of older Services come first; its IPv4 load balancer IPs accept no traffic",
      ]);
    }
  });

  test("change for others only where these come within the limit, or are beyond it", () => {
    const scene = story({ tableSourceRangeLimit: 6 });
    const services = [1, 2, 3, 4, 5].map((created) => filtered(`s${created}`, created));
    for (const each of services) scene.put(each);
    expect(closed(scene)).toEqual(["s3", "s4", "s5"]);
    expect(scene.put(filtered("s5", 5, 2))).toEqual(["s5"]);
    expect(scene.put(filtered("s2", 2, 0))).toEqual(["s2", "s3"]);
    expect(scene.put(filtered("s2", 2))).toEqual(["s2", "s3"]);
    expect(scene.remove(filtered("s1", 1))).toEqual(["s1", "s3"]);
    expect(closed(scene)).toEqual(["s4", "s5"]);
  });
});

describe("source ranges of one Service", () => {
  const ranges = networks("192.0.3.0/25", "198.51.100.0/25", "203.0.113.128/25");
  const filtered = (name: string, ports: readonly number[], fields: Partial<Service> = {}) =>
    service({
      name,
      clusterIPs: ips(`10.96.0.${name.length}`),
      loadBalancerIPs: ips("203.0.113.1"),
      loadBalancerSourceRanges: ranges,
      ports: ports.map((port) => servicePort({ name: `p${port}`, port: portOf(port) })),
      ...fields,
    });
  /** The ports of the first range, by load balancer IP. */
  const allowed = ({ table }: ReturnType<typeof story>) =>
    (table.declared().sets.get("allowed-sources-tcp")?.elements ?? []).flatMap(({ key: [ip, ports, source] }) =>
      source === "192.0.3.0/25" ? [`${ip} ${ports}`] : [],
    );

  test("are those of all of its ports, where it has the address to itself", () => {
    const scene = story();
    scene.put(filtered("web", [80, 443, 8443], { loadBalancerIPs: ips("203.0.113.1", "203.0.113.2") }));
    expect(allowed(scene)).toEqual(["203.0.113.1 80-8443", "203.0.113.2 80-8443"]);
    expect(scene.put(filtered("other", [22], { loadBalancerIPs: ips("203.0.113.3") }))).toEqual(["other"]);
    expect(allowed(scene)).toContain("203.0.113.3 22");
  });

  test("are those of each port, where others have ports of the address", () => {
    const scene = story();
    const each = ["203.0.113.1 80", "203.0.113.1 90"];
    const alone = ["203.0.113.1 80-90"];
    scene.put(filtered("web", [80, 90]));
    expect(allowed(scene)).toEqual(alone);
    expect(scene.put(filtered("other", [85]))).toEqual(["other", "web"]);
    expect(allowed(scene)).toEqual(["203.0.113.1 85", ...each]);
    // A third one makes no difference for the two, nor does what the second changes.
    expect(scene.put(filtered("third", [7], { loadBalancerSourceRanges: undefined }))).toEqual(["third"]);
    expect(scene.put(filtered("other", [86]))).toEqual(["other"]);
    expect(scene.remove(filtered("other", [86]))).toEqual(["other"]);
    expect(allowed(scene)).toEqual(each);
    expect(scene.remove(filtered("third", [7]))).toEqual(["third", "web"]);
    expect(allowed(scene)).toEqual(alone);
  });

  test("are not parted by what others may want of the address, but never get", () => {
    const scene = story();
    scene.put(filtered("web", [80, 90]));
    scene.put(filtered("tenant", [85], { loadBalancerIPs: [], externalIPs: ips("203.0.113.1"), created: 1 }));
    expect(allowed(scene)).toEqual(["203.0.113.1 80-90"]);
  });

  test("are counted once for a range of ports; beyond the limit its load balancer IPs are closed", () => {
    const scene = story({ sourceRangeLimit: 5 });
    const problem =
      "come to 6 IPv4 ranges for all ports and load balancer IPs, more than 5; its IPv4 load balancer IPs accept no traffic";
    scene.put(filtered("web", [80, 90]));
    expect([scene.said("web"), allowed(scene)]).toEqual([[], ["203.0.113.1 80-90"]]);
    scene.put(filtered("web", [80, 90], { loadBalancerIPs: ips("203.0.113.1", "203.0.113.2") }));
    expect([scene.said("web"), allowed(scene)]).toEqual([[problem], []]);
    scene.put(filtered("web", [80, 90]));
    scene.put(filtered("other", [85]));
    expect([scene.said("web"), scene.said("other"), allowed(scene)]).toEqual([[problem], [], ["203.0.113.1 85"]]);
    expect(scene.table.declared().sets.get("firewalled-tcp")?.elements.length).toBe(3);
  });
});

describe("time-outs of session affinity", () => {
  const sticky = (name: string, created: number, timeoutSeconds: number) =>
    service({ name, created, clusterIPs: ips(`10.96.0.${created}`), sessionAffinity: { timeoutSeconds } });
  const timeouts = ({ table }: ReturnType<typeof story>) =>
    Object.fromEntries(
      [...table.plans].map(({ service: { name }, ports }) => [
        name,
        ports[0]?.frontends[0]?.affinity?.timeoutSeconds ?? 0,
      ]),
    );

  test("of the oldest are exact, all others rounded up to a common one, in whatever order they come", () => {
    const services = [sticky("a", 3, 4000), sticky("b", 1, 7), sticky("c", 2, 77), sticky("d", 4, 10800)];
    for (const order of [services, services.toReversed()]) {
      const scene = story({ affinityTimeoutLimit: 2 });
      for (const each of order) scene.put(each);
      expect(timeouts(scene)).toEqual({ a: 5400, b: 7, c: 77, d: 10800 });
      expect(scene.said("a")).toEqual([
        "is 4000, but older Services have too many different time-outs; clients are remembered for 5400 s",
      ]);
    }
  });

  test("change for others only where these become exact, or are no longer", () => {
    const scene = story({ affinityTimeoutLimit: 1 });
    expect(scene.put(sticky("c", 3, 77))).toEqual(["c"]);
    expect(scene.put(sticky("d", 4, 77))).toEqual(["d"]);
    expect(scene.put(sticky("b", 2, 7))).toEqual(["b", "c", "d"]);
    expect(timeouts(scene)).toEqual({ b: 7, c: 120, d: 120 });
    expect(scene.put(sticky("b", 2, 60))).toEqual(["b", "c", "d"]);
    expect(timeouts(scene)).toEqual({ b: 60, c: 77, d: 77 });
    expect(scene.put(sticky("a", 1, 77))).toEqual(["a"]);
  });

  test("are bounded in number, whatever tenants ask for", () => {
    const scene = story();
    for (let i = 0; i < 3000; i++) {
      const clusterIPs = ips(`10.96.${i >> 8}.${i & 255}`);
      scene.put(service({ name: `s${i}`, clusterIPs, sessionAffinity: { timeoutSeconds: 10 + i * 20 } }));
    }
    expect(new Set(Object.values(timeouts(scene))).size).toBeLessThan(130);
  });
});
