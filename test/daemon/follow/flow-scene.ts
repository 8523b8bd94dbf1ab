import { planService } from "../../../src/compile/plan/plan-service.ts";
import type { ServicePlan } from "../../../src/compile/plan/service-plan.ts";
import type { FamilySettings } from "../../../src/compile/settings.ts";
import { ServiceTable } from "../../../src/compile/table/service-table.ts";
import { goneFrontends } from "../../../src/daemon/follow/flow-changes.ts";
import { FlowJudge, type OwnSockets } from "../../../src/daemon/follow/flow-judge.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import { type Protocol, protocols } from "../../../src/model/port.ts";
import { serviceKey } from "../../../src/model/service.ts";
import type { Flow } from "../../../src/netlink/conntrack.ts";
import { ip, ips } from "../../compile/values.ts";
import { settings } from "../../support/arbitrary-cluster.ts";

type Ready = "ready" | "serving" | "gone";

export const key = serviceKey({ namespace: "default", name: "dns" });
export const node = "10.0.0.1";

/** The Service of kube-proxy's own test of this, and its endpoints as address and port with a state. */
export function plan(
  endpoints: Readonly<Record<string, Ready>>,
  spec: object = {},
  created = "2026-01-01T00:00:00Z",
  failover?: string,
) {
  const states = Object.entries(endpoints);
  const ports = protocols.map((protocol) => ({ name: protocol, protocol: protocol.toUpperCase() }));
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...{ namespace: "default", name: "dns", creationTimestamp: created },
      annotations: failover && { "kube-nft.io/external-failover-policy": failover },
    },
    spec: {
      type: "LoadBalancer",
      clusterIPs: ["172.30.1.1"],
      externalIPs: ["192.168.99.100"],
      ports: ports.map((port) => ({ ...port, port: 8000, nodePort: 32000 })),
      ...spec,
    },
    status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } },
  };
  const slices = states.map(([endpoint, state], index) => {
    const [ip = "", port = ""] = endpoint.split(" ");
    const conditions = { ready: state === "ready", serving: state !== "gone", terminating: state === "serving" };
    return {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { namespace: "default", name: `dns-${index}`, labels: { "kubernetes.io/service-name": "dns" } },
      addressType: ip.includes(":") ? "IPv6" : "IPv4",
      ports: ports.map((each) => ({ ...each, port: Number(port) })),
      endpoints: [{ addresses: [ip], nodeName: ip.startsWith("10.240.0.") ? "node-1" : "there", conditions }],
    };
  });
  const { cluster } = decodeCluster([service, ...slices].map((object) => ({ object })));
  const [decoded] = cluster.services;
  if (decoded === undefined) throw new Error("no Service");
  const family = decoded.clusterIPs[0]?.includes(":") ? "ip6" : "ip";
  return planService(decoded, cluster.endpointSlices, family, { ...settings, nodeName: "node-1" });
}

export const nobody: OwnSockets = {
  hasAddress: (address) => address === node,
  takesUDP: () => false,
  hasUDP: () => false,
};

/** The frontends of some Services, and what is said of flows to them. */
export class Scene {
  readonly #table = new ServiceTable("ip", settings);
  readonly judge = new FlowJudge((frontend) => this.#table.owners.owner(frontend));

  constructor(...nodePortAddresses: readonly string[]) {
    this.setNode({ nodePortAddresses: { any: false, addresses: ips(...nodePortAddresses), loopback: false } });
  }

  setNode(fields: Partial<FamilySettings>): boolean {
    return this.judge.setSettings({ ...settings.families.ip, ...fields });
  }

  set(after: ServicePlan | undefined, service = key): void {
    for (const [, change] of this.#table.setService(service, after)) this.judge.addGone(goneFrontends(change));
  }

  stale(text: string, fields: Partial<Flow> = {}, own = nobody): string | undefined {
    return this.judge.search(own).ownerOfStale({ ...flow(text), ...fields });
  }
}

/** `destination port -> source port`; one place alone is untranslated. */
export function flow(text: string, protocol: Protocol = "udp"): Flow {
  const [to = "", from = to] = text.split(" -> ");
  const [destination = "", destinationPort] = to.split(" ");
  const [replySource = "", replySourcePort] = from.split(" ");
  return {
    protocol,
    destination: ip(destination),
    destinationPort: Number(destinationPort),
    replySource: ip(replySource),
    replySourcePort: Number(replySourcePort),
    source: ip("10.2.0.1"),
    sourcePort: 40000,
    isMasqueraded: false,
  };
}
