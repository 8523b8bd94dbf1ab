import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { frontendKey } from "../../../src/compile/plan/frontends.ts";
import { ServiceTable } from "../../../src/compile/table/service-table.ts";
import { Conflicts } from "../../../src/daemon/follow/conflicts.ts";
import { families } from "../../../src/model/address.ts";
import { type ObjectKey, type Service, serviceKey } from "../../../src/model/service.ts";
import { ips, planAmong, portOf, service, servicePort } from "../../compile/values.ts";
import { arbitraryService, settings } from "../../support/arbitrary-cluster.ts";

/** The tables of both families, and what is told of conflicts in them. */
function story() {
  const conflicts = new Conflicts();
  const tables = families.map((family) => ({ family, table: new ServiceTable(family, settings) }));
  const words = ({ service, winner }: { readonly service: string; readonly winner: string }) => `${service} ${winner}`;
  return {
    conflicts,
    tables,
    set: (key: ObjectKey, value: Service | undefined) => {
      for (const { family, table } of tables) table.setService(key, value && planAmong(value, [], settings, family));
    },
    /** `+loser winner: first frontend and so many in all`, `-loser winner` */
    told: () => {
      const first = (frontends: ReadonlyMap<string, number>) => [...frontends.keys()][0];
      return tables.flatMap(({ table }) => {
        const { began, ended } = conflicts.update(table.owners);
        return [
          ...began.map((each) => `+${words(each)}: ${first(each.frontends)} of ${each.frontends.size}`),
          ...ended.map((each) => `-${words(each)}`),
        ];
      });
    },
  };
}

const external = (name: string, created: number, last: number, fields: Partial<Service> = {}): Service =>
  service({ name, created, clusterIPs: ips(`10.96.0.${last}`), externalIPs: ips("198.51.100.1"), ...fields });

test("a pair of Services is reported once, however many frontends it is about, and once when it is over", () => {
  const { set, told, conflicts } = story();
  const ports = Array.from({ length: 100 }, (_, index) =>
    servicePort({ name: `p${index}`, port: portOf(1000 + index) }),
  );
  set("default/old", external("old", 1, 1, { ports }));
  expect(told()).toEqual([]);
  set("default/new", external("new", 2, 2, { ports }));
  expect(told()).toEqual(["+default/new default/old: 198.51.100.1 port 1000/tcp of 100"]);
  expect(conflicts.count).toBe(100);
  set("default/new", external("new", 2, 2, { ports: ports.slice(50) }));
  expect(told()).toEqual([]);
  expect(conflicts.count).toBe(50);
  set("default/new", external("new", 2, 2, { ports, externalIPs: [] }));
  expect(told()).toEqual(["-default/new default/old"]);
  expect(conflicts.count).toBe(0);
});

test("other frontends between the same two are the same conflict; who goes on waiting is told once", () => {
  const { set, told, conflicts } = story();
  const at = (name: string, created: number, last: number, externalIP: string) =>
    external(name, created, last, { externalIPs: ips(externalIP) });
  set("default/a", external("a", 1, 1, { externalIPs: ips("198.51.100.1", "198.51.100.2") }));
  set("default/b", at("b", 2, 2, "198.51.100.1"));
  set("default/c", at("c", 3, 3, "198.51.100.1"));
  expect(told()).toEqual([
    "+default/b default/a: 198.51.100.1 port 80/tcp of 1",
    "+default/c default/a: 198.51.100.1 port 80/tcp of 1",
  ]);
  set("default/b", at("b", 2, 2, "198.51.100.2"));
  expect(told()).toEqual([]);
  set("default/b", at("b", 2, 2, "198.51.100.1"));
  set("default/a", undefined);
  expect(told()).toEqual(["-default/b default/a"]);
  expect([...conflicts.denied()]).toEqual(["default/c"]);
  set("default/b", undefined);
  expect(told()).toEqual(["-default/c default/a"]);
  expect(conflicts.count).toBe(0);
});

test("of frontends that change hands, only who had them and who gets them are looked at", () => {
  const { set, told, conflicts, tables } = story();
  const ports = Array.from({ length: 100 }, (_, index) =>
    servicePort({ name: `p${index}`, port: portOf(1000 + index) }),
  );
  for (let n = 1; n <= 50; n++) set(`default/s${n}`, external(`s${n}`, n, n, { ports }));
  expect(told().length).toBe(49);
  expect(conflicts.count).toBe(4900);
  set("default/s1", undefined);
  const [ip] = tables;
  const { began, ended } = ip?.table.owners.takeDenials() ?? {};
  expect([began?.length, ended?.length]).toEqual([0, 100]);
  expect(new Set(ended?.map(({ plan }) => plan.service.name))).toEqual(new Set(["s2"]));
});

test("a node port is one frontend in both families, and is denied until it is in neither", () => {
  const { set, told, conflicts, tables } = story();
  const nodePort = (name: string, created: number, last: number): Service =>
    service({
      name,
      created,
      type: "NodePort",
      clusterIPs: ips(`10.96.0.${last}`, `fd00:10:96::${last}`),
      ports: [servicePort({ nodePort: portOf(30080) })],
    });
  set("default/a", nodePort("a", 1, 1));
  set("default/b", nodePort("b", 2, 2));
  expect(told()).toEqual(["+default/b default/a: nodePort 30080/tcp of 1"]);
  expect(conflicts.count).toBe(2);
  const [ip, ip6] = tables;
  ip?.table.setService("default/a", undefined);
  expect(told()).toEqual([]);
  ip6?.table.setService("default/a", undefined);
  expect(told()).toEqual(["-default/b default/a"]);
});

test("the reports add up to the present conflicts", () => {
  const step = fc.record({ service: arbitraryService, isDeleted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 10 }), (rounds) => {
      const { set, told, conflicts, tables } = story();
      const known = new Set<string>();
      for (const round of rounds) {
        for (const { service: each, isDeleted } of round) set(serviceKey(each), isDeleted ? undefined : each);
        for (const line of told()) {
          const pair = line.slice(1).split(":")[0] ?? "";
          expect(known.has(pair)).toBe(line.startsWith("-"));
          if (line.startsWith("-")) known.delete(pair);
          else known.add(pair);
        }
      }
      const denied = tables.flatMap(({ table }) =>
        [...table.plans].flatMap(({ service: loser, ports }) =>
          ports.flatMap(({ frontends }) =>
            frontends.flatMap((plan) => {
              const owner = table.owners.owner(frontendKey(plan.frontend));
              return owner === undefined || owner.frontend === plan ? [] : [serviceKey(loser)];
            }),
          ),
        ),
      );
      expect(new Set([...known].map((pair) => pair.split(" ")[0]))).toEqual(new Set(denied));
      expect(new Set(conflicts.denied())).toEqual(new Set(denied));
      expect(conflicts.count).toBe(denied.length);
    }),
    { numRuns: 200 },
  );
});
