import { Counter, Gauge, type Registry } from "prom-client";
import type { FrontendKey } from "../../compile/plan/frontends.ts";
import type { Family } from "../../model/address.ts";
import { type RelayResult, relayResults } from "../loopback/relays.ts";
import { familyLabel } from "./labels.ts";

/** NodePorts at loopback addresses: kube-proxy's metrics (KEP-6032), and how many connections there were. */
export class LoopbackMetrics {
  readonly #listeners: Gauge<"ip_family">;
  readonly #failures: Counter<"ip_family">;
  readonly #rejected: Counter<"ip_family" | "protocol">;
  readonly #connections: Counter<"ip_family" | "result">;

  constructor(registry: Registry, families: readonly Family[]) {
    const registers = [registry];
    const name = (end: string) => `kubeproxy_nftables_localhost_nodeport_${end}`;
    this.#listeners = new Gauge({
      name: name("listeners"),
      help: "NodePorts that are open at the loopback address",
      labelNames: ["ip_family"],
      registers,
    });
    this.#failures = new Counter({
      name: name("listener_creation_failures_total"),
      help: "NodePorts that could not be opened at the loopback address",
      labelNames: ["ip_family"],
      registers,
    });
    this.#rejected = new Counter({
      name: name("rejected_packets_total"),
      help: "Packets to NodePorts at the loopback address that were refused, as only TCP is served there",
      labelNames: ["ip_family", "protocol"],
      registers,
    });
    this.#connections = new Counter({
      name: "kube_nft_loopback_connections_total",
      help: "Connections to NodePorts at the loopback address that have ended: passed on, unreachable, or cut for want of room",
      labelNames: ["ip_family", "result"],
      registers,
    });
    for (const label of families.map(familyLabel)) {
      this.#listeners.set(label, 0);
      this.#failures.inc(label, 0);
      for (const protocol of ["UDP", "SCTP"]) this.#rejected.inc({ ...label, protocol }, 0);
      for (const result of relayResults) this.#connections.inc({ ...label, result }, 0);
    }
  }

  listening(family: Family, ports: number): void {
    this.#listeners.set(familyLabel(family), ports);
  }

  failed(family: Family): void {
    this.#failures.inc(familyLabel(family));
  }

  rejected(family: Family, nodePort: FrontendKey, packets: number): void {
    const [protocol = ""] = nodePort.split(" ");
    this.#rejected.inc({ ...familyLabel(family), protocol: protocol.toUpperCase() }, packets);
  }

  ended(family: Family, result: RelayResult): void {
    this.#connections.inc({ ...familyLabel(family), result });
  }
}
