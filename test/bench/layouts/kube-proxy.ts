import { podIP, ports, type SyntheticService, serviceName } from "../synthetic.ts";
import { chainLayout } from "./chains.ts";
import type { Layout } from "./layout.ts";

/** kube-proxy's nftables mode as of 1.36: a chain for each Service, with an anonymous map of its endpoints. */
export const chainPerService: Layout = chainLayout("chain per Service", (service) => {
  const slots = service.pods.map((pod, slot) => `${slot} : ${podIP(pod)} . ${ports.endpoint}`);
  const to = `numgen random mod ${service.pods.length} map { ${slots.join(", ")} }`;
  return new Map([[chainName(service), [`${l4proto(service)} dnat ip to ${to}`]]]);
});

/** kube-proxy's nftables mode before: a chain for each Service, with an anonymous map to the chains of its endpoints. */
export const chainPerEndpoint: Layout = chainLayout("chain per Service and endpoint", (service) => {
  const endpoints = service.pods.map((pod): readonly [string, readonly string[]] => [
    `endpoint-${suffix(service)}__${podIP(pod)}/${ports.endpoint}`,
    [`${l4proto(service)} dnat to ${podIP(pod)}:${ports.endpoint}`],
  ]);
  const slots = endpoints.map(([name], slot) => `${slot} : goto ${name}`);
  const balance = `numgen random mod ${service.pods.length} vmap { ${slots.join(", ")} }`;
  return new Map([[chainName(service), [balance]], ...endpoints]);
});

function chainName(service: SyntheticService): string {
  return `service-${suffix(service)}`;
}

/** kube-proxy has a hash in front of it. */
function suffix({ index, protocol }: SyntheticService): string {
  const { namespace, name } = serviceName(index);
  return `${namespace}/${name}/${protocol.toLowerCase()}/http`;
}

function l4proto({ protocol }: SyntheticService): string {
  return `meta l4proto ${protocol.toLowerCase()}`;
}
