import { setTimeout } from "node:timers/promises";
import { expect } from "@jest/globals";
import { readPreviousFrontends } from "../../../src/io/nft/previous-frontends.ts";
import { families } from "../../../src/model/address.ts";
import { eventually } from "../../support/eventually.ts";
import { rootTest } from "../../support/kernel-test.ts";
import { places, Scene } from "./scene.ts";

const nobody = { ip: "10.1.0.99", ip6: "fd00::99" } as const;

/** Somebody's rule that has the kernel track connections, where ours are not there yet. */
const tracking = "table inet other { chain c { type filter hook output priority 0; ct state new counter; }; }";

for (const family of families) {
  const [first, second] = places[family].endpoints;

  for (const to of ["clusterIP", "externalIP", "nodePort"] as const) {
    rootTest(`W-06 a UDP client that keeps its port moves to a live endpoint: ${family}, ${to}`, () =>
      Scene.in(family, async (scene) => {
        await scene.namespace.must(["nft", "-f", "-"], tracking);
        const { until, count } = scene.talk("udp-talk", to);
        await eventually(async () => (await scene.flows("udp")).includes(" sport=4000 "), true);
        await scene.change([first]);
        await until(first);
        await scene.change([second]);
        await until(second);
        await scene.change([]);
        await eventually(async () => (await scene.flows("udp")).includes(`src=${second} `), false);
        // Answers that are under way may still come.
        await eventually(async () => {
          const before = count();
          await setTimeout(200);
          return count() - before;
        }, 0);
        await scene.change([first]);
        await until(first);
        await scene.change(undefined);
        await eventually(async () => (await scene.flows("udp")).includes(`src=${first} `), false);
      }),
    );
  }

  for (const to of ["clusterIP", "externalIP"] as const) {
    rootTest(`a client that connects before the rules are there gets in: ${family}, ${to}`, () =>
      Scene.in(family, async (scene) => {
        await scene.namespace.must(["nft", "-f", "-"], tracking);
        const { until } = scene.talk("tcp-knock", to);
        await eventually(async () => (await scene.flows("tcp")).includes("SYN_SENT"), true);
        await scene.change([first]);
        await until(first);
      }),
    );

    rootTest(`a client that connects while the table is gone gets in after the repair: ${family}, ${to}`, () =>
      Scene.in(family, async (scene) => {
        await scene.change([second]);
        await scene.namespace.must(["nft", "-f", "-"], `flush ruleset; ${tracking}`);
        const { until } = scene.talk("tcp-knock", to);
        await eventually(async () => (await scene.flows("tcp")).includes("SYN_SENT"), true);
        await scene.load([second]);
        scene.synced(undefined, ["drift"]);
        await until(second);
      }),
    );

    rootTest(`a client that connects to a silent endpoint gets in when that is replaced: ${family}, ${to}`, () =>
      Scene.in(family, async (scene) => {
        await scene.change([nobody[family]]);
        const { until } = scene.talk("tcp-knock", to);
        await eventually(async () => (await scene.flows("tcp")).includes(`src=${nobody[family]}`), true);
        await scene.change([second]);
        await until(second);
      }),
    );
  }

  rootTest(`answered connections stay, whatever happens to their endpoint: ${family}`, () =>
    Scene.in(family, async (scene) => {
      await scene.change([first]);
      const { until } = scene.talk("tcp-knock", "clusterIP");
      await until(first);
      await scene.change([second]);
      const udp = scene.talk("udp-talk", "clusterIP");
      await udp.until(second);
      expect(await scene.flows("tcp")).toContain(`src=${first} `);
    }),
  );

  rootTest(
    `a flow to a socket of the node stays when a frontend takes its place, and new ones meet that: ${family}`,
    () =>
      Scene.in(family, async (scene) => {
        const { node } = places[family];
        await scene.namespace.must(["nft", "-f", "-"], tracking);
        const { until, count } = scene.talk("udp-talk", "nodePort", { servers: [...scene.servers, `${node},30053`] });
        await until(node);
        await scene.change([first]);
        const other = scene.talk("udp-talk", "nodePort", { port: 4001, servers: [] });
        await other.until(first);
        const before = count();
        await eventually(async () => count() > before + 100, true);
        await until(node);
      }),
  );

  rootTest(`W-06 flows of a Service that was deleted while no agent ran go, too, and others stay: ${family}`, () =>
    Scene.in(family, async (scene) => {
      const { service, external } = places[family];
      const { until } = scene.talk("udp-talk", "clusterIP");
      await scene.load([first]);
      await until(first);
      const previous = await readPreviousFrontends(family);
      expect([...previous].sort()).toEqual([`${service} udp 53`, `${external} udp 53`, "udp 30053"].sort());
      await scene.load(undefined);
      const to = family === "ip" ? `udp4-sendto:${first}:5353` : `udp6-sendto:[${first}]:5353`;
      await scene.namespace.must(["socat", "-u", "-", `${to},sourceport=5000`], "x");
      scene.reconciler.addPrevious(previous);
      scene.synced();
      await eventually(
        async () => (await scene.flows("udp")).includes(`dst=${service} sport=4000 dport=53 src=${first}`),
        false,
      );
      expect(await scene.flows("udp")).toContain(`dst=${first} sport=5000`);
      expect(await readPreviousFrontends(family)).toEqual(new Set());
    }),
  );
}
