import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "@jest/globals";
import { planService } from "../../../src/compile/plan/plan-service.ts";
import type { Settings } from "../../../src/compile/settings.ts";
import { ServiceTable } from "../../../src/compile/table/service-table.ts";
import { ConntrackReconciler } from "../../../src/daemon/follow/conntrack.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import { kernelConntrack } from "../../../src/io/conntrack/conntrack.ts";
import { systemClock } from "../../../src/io/host/clock.ts";
import { ownSockets } from "../../../src/io/host/own-sockets.ts";
import type { Family } from "../../../src/model/address.ts";
import { printRuleset } from "../../../src/nft/print-ruleset.ts";
import { endpointSlice, service } from "../../api-server/objects.ts";
import { ip } from "../../compile/values.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

const key = "default/dns";

export const places = {
  ip: {
    node: "10.1.0.1",
    service: "10.96.0.10",
    external: "203.0.113.1",
    endpoints: ["10.1.0.2", "10.1.0.3"],
    prefix: 32,
  },
  ip6: {
    node: "fd00::1",
    service: "fd00:96::a",
    external: "fd00:203::1",
    endpoints: ["fd00::2", "fd00::3"],
    prefix: 128,
  },
} as const;

type Place = "clusterIP" | "externalIP" | "nodePort";

/** A node in a namespace, whose addresses are those of clients and endpoints too, and who follows its rules. */
export class Scene {
  readonly namespace: NetNamespace;
  readonly reconciler: ConntrackReconciler;
  readonly #family: Family;
  readonly #settings: Settings;
  readonly #table: ServiceTable;
  readonly #abort = new AbortController();
  readonly #failures: unknown[] = [];
  readonly #ended: Promise<void>;
  readonly #children: (() => Promise<unknown>)[] = [];

  static async in(family: Family, body: (scene: Scene) => Promise<void>): Promise<void> {
    const namespace = await NetNamespace.start();
    const { node, endpoints, prefix } = places[family];
    for (const address of [node, ...endpoints]) {
      const nodad = family === "ip6" ? ["nodad"] : [];
      await namespace.must(["ip", "address", "add", `${address}/${prefix}`, "dev", "lo", ...nodad]);
    }
    // What no rule translates is sent somewhere, and gets lost there.
    await namespace.must(["ip", "link", "add", "up0", "type", "veth", "peer", "name", "lost0"]);
    for (const name of ["up0", "lost0"]) await namespace.must(["ip", "link", "set", name, "up", "arp", "off"]);
    for (const each of ["-4", "-6"]) await namespace.must(["ip", each, "route", "replace", "default", "dev", "up0"]);
    await namespace.withPrograms(["nft", "socat"], async () => {
      const scene = new Scene(namespace, family);
      try {
        await body(scene);
      } finally {
        await scene.#close();
      }
    });
  }

  private constructor(namespace: NetNamespace, family: Family) {
    this.namespace = namespace;
    this.#family = family;
    const { node, endpoints } = places[family];
    const own = [node, ...endpoints].map(ip);
    const nodePortAddresses = { any: false, addresses: [ip(node)], loopback: false };
    const ofFamily = { ...settings.families[family], nodePortAddresses };
    this.#settings = { ...settings, families: { ...settings.families, [family]: ofFamily } };
    this.#table = new ServiceTable(family, this.#settings);
    this.reconciler = new ConntrackReconciler({
      family,
      conntrack: {
        ...kernelConntrack(),
        ownSockets: () => ownSockets(`/proc/${namespace.pid}/net`, (address) => own.includes(address)),
      },
      ownerOf: (frontend) => this.#table.owners.owner(frontend),
      clock: systemClock,
      random: Math.random,
      events: { flowsCleaned: () => {}, flowsFailed: (_, error) => this.#failures.push(error) },
    });
    this.#ended = this.reconciler.run(this.#abort.signal);
  }

  /** At every endpoint. */
  get servers(): readonly string[] {
    return places[this.#family].endpoints.map((address) => `${address},5353`);
  }

  /** Puts the rules for these endpoints into the kernel, or those without the Service, without telling the reconciler. */
  async load(endpoints: readonly string[] | undefined, spec: object = {}) {
    const { services, endpointSlices } = this.#cluster(endpoints, spec);
    const [service] = services;
    const after = service && planService(service, endpointSlices, this.#family, this.#settings);
    const change = new Map(this.#table.setService(key, after)).get(key);
    const table = { ...this.#table.table(), family: this.#family };
    await this.namespace.must(["nft", "-f", "-"], `flush ruleset; ${printRuleset([table])}`);
    return change ?? { before: undefined, after: undefined };
  }

  /** As the agent does it, in a round. */
  async change(endpoints: readonly string[] | undefined, spec: object = {}): Promise<void> {
    const services = new Map([[key, await this.load(endpoints, spec)] as const]);
    this.synced(services);
  }

  synced(services: Parameters<ConntrackReconciler["synced"]>[0]["services"] = new Map(), causes = ["Service"]): void {
    this.reconciler.synced({ kind: "partial", causes, services, settings: this.#settings });
  }

  /** Starts a client of this node, and servers, and gives the answers that the client hears. */
  talk(script: "udp-talk" | "tcp-knock", to: Place, { port = 4000, servers = this.servers } = {}) {
    const { node } = places[this.#family];
    const [nsenter = "", ...enter] = this.namespace.enter;
    const file = fileURLToPath(new URL(`../../support/${script}.ts`, import.meta.url));
    const args = [...enter, process.execPath, "--disable-warning=ExperimentalWarning", file];
    const child = spawn(nsenter, [...args, `${node},${port}`, this.#place(to), ...servers], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const heard: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => heard.push(...text.trim().split("\n")));
    const ended = new Promise((resolve) => child.on("close", resolve));
    this.#children.push(() => {
      child.kill();
      return ended;
    });
    return {
      /** How often somebody answered. */
      count: () => heard.length,
      until: (answer: string | undefined) => eventually(async () => heard.at(-1), answer),
    };
  }

  flows(protocol: "udp" | "tcp"): Promise<string> {
    const family = this.#family === "ip" ? "ipv4" : "ipv6";
    return this.namespace.must(["conntrack", "-L", "-f", family, "-p", protocol]);
  }

  #place(to: Place): string {
    const { node, service, external } = places[this.#family];
    switch (to) {
      case "clusterIP":
        return `${service},53`;
      case "externalIP":
        return `${external},53`;
      case "nodePort":
        return `${node},30053`;
    }
  }

  #cluster(endpoints: readonly string[] | undefined, spec: object) {
    const protocols = ["UDP", "TCP"];
    const { service: clusterIP, external } = places[this.#family];
    const ports = protocols.map((protocol) => ({ name: protocol.toLowerCase(), protocol }));
    const objects = [
      service(
        "dns",
        {},
        {
          type: "NodePort",
          clusterIP,
          clusterIPs: [clusterIP],
          externalIPs: [external],
          ports: ports.map((port) => ({ ...port, port: 53, nodePort: 30053 })),
          ...spec,
        },
      ),
      {
        ...endpointSlice("dns", endpoints ?? []),
        addressType: this.#family === "ip" ? "IPv4" : "IPv6",
        ports: ports.map((port) => ({ ...port, port: 5353 })),
      },
    ];
    return decodeCluster((endpoints === undefined ? [] : objects).map((object) => ({ object }))).cluster;
  }

  async #close(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
    for (const end of this.#children) await end();
    await this.namespace.close();
    expect(this.#failures).toEqual([]);
  }
}
