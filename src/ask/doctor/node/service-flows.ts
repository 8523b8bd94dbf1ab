import type { ServiceFlow } from "../../flows/service-flow.ts";
import type { Finding } from "../../service/findings.ts";
import type { NodeFacts } from "./node-facts.ts";

/** Stale connections, and those without an answer. */
export function flowFindings({ flows, sysctls }: NodeFacts): readonly Finding[] {
  const patience = Number(sysctls.get(synSentTimeout) ?? 120) - leastSilence;
  const isSilent = ({ protocol, isAnswered, stale, timeoutSeconds = 0, state }: ServiceFlow) =>
    protocol === "tcp" && state === "SYN_SENT" && !isAnswered && stale === undefined && timeoutSeconds <= patience;
  return [
    ...grouped(
      flows.filter(({ stale }) => stale === "not translated"),
      frontendOf,
    ).map(
      ({ subject, key, count, example }): Finding => ({
        severity: "error",
        subject,
        evidence: `has ${connections(count)} to ${key} that began before the rules and bypass them, such as that of ${example.client.address}`,
        consequence: "every retry bypasses the Service as the first packet did",
        remedy: `conntrack -D -d ${example.frontend.address} -p ${example.protocol}; the agent does that for unanswered ones`,
      }),
    ),
    ...grouped(
      flows.filter(({ stale }) => stale === "endpoint gone" || stale === "frontend gone"),
      endpointOf,
    ).map(
      ({ subject, key, count, example }): Finding => ({
        severity: "warning",
        subject,
        evidence: `has ${connections(count)} to ${key}, which is no longer an endpoint, such as that of ${example.client.address}`,
        consequence: "they last as long as something answers there, and then time out",
        remedy: "nothing, if the pod is terminating; otherwise make the client reconnect",
      }),
    ),
    ...grouped(flows.filter(isSilent), endpointOf).map(
      ({ subject, key, count, example }): Finding => ({
        severity: "error",
        subject,
        evidence: `has ${connections(count)} to ${key}${example.pod === undefined ? "" : ` (pod ${example.pod})`} without an answer, such as that of ${example.client.address}`,
        consequence: "these clients time out: their packets are translated, and dropped after that",
        remedy:
          "check whether a network policy, the CNI plugin or a firewall drops them, and whether the pod's node is reachable",
      }),
    ),
  ];
}

/** A client without an answer for this many seconds has sent another packet in vain. */
const leastSilence = 3;
export const synSentTimeout = "net.netfilter.nf_conntrack_tcp_timeout_syn_sent";

function connections(count: number): string {
  return `${count} connection${count === 1 ? "" : "s"}`;
}

function frontendOf({ frontend, protocol }: ServiceFlow): string {
  return `${frontend.address} port ${frontend.port}/${protocol}`;
}

function endpointOf({ endpoint, protocol }: ServiceFlow): string {
  return `${endpoint.address} port ${endpoint.port}/${protocol}`;
}

type Group = {
  readonly subject: string;
  readonly key: string;
  readonly count: number;
  readonly example: ServiceFlow;
};

/** By service port and by key; those with the most connections first. */
function grouped(flows: readonly ServiceFlow[], keyOf: (flow: ServiceFlow) => string): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const example of flows) {
    const [subject, key] = [example.servicePort ?? "a Service that is gone", keyOf(example)];
    const known = groups.get(`${subject} ${key}`);
    groups.set(`${subject} ${key}`, known ? { ...known, count: known.count + 1 } : { subject, key, count: 1, example });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
