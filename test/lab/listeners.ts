import type { Listener } from "./messages.ts";
import {
  addresses,
  echoPort,
  externalCIDRs,
  type Family,
  familyOf,
  type Host,
  hostOf,
  loadBalancerCIDRs,
  type Place,
  places,
  serviceCIDRs,
} from "./world.ts";

/** Where everybody on a host listens. */
export function listeners(host: Host, podPorts: readonly number[], hostPorts: readonly number[]): readonly Listener[] {
  const portsOf = (place: Place): readonly number[] =>
    place === "outside" ? [outsidePort] : place.startsWith("pod") ? podPorts : hostPorts;
  const echoes = (place: Place, address: string): readonly Listener[] =>
    place.startsWith("pod") ? [{ address, port: echoPort, isEcho: true }] : [];
  return places
    .filter((place) => hostOf(place) === host)
    .flatMap((place) =>
      addresses[place].flatMap((address) => [
        ...portsOf(place).map((port) => ({ address, port })),
        ...echoes(place, address),
      ]),
    );
}

/** `outside` answers here, whatever port of a virtual address was called. */
const outsidePort = 7;

/** Lets `outside` answer for all virtual addresses that reach it: the node has left them alone. */
export const outsideRuleset = ([4, 6] as const).map(takeVirtual).join("");

function takeVirtual(family: Family): string {
  const ip = family === 4 ? "ip" : "ip6";
  const inFamily = (address: string): boolean => familyOf(address) === family;
  const virtual = `${ip} daddr { ${[...serviceCIDRs, ...loadBalancerCIDRs, ...externalCIDRs].filter(inFamily).join(", ")} }`;
  const own = addresses.outside.find(inFamily);
  return `table ${ip} outside {
  chain prerouting {
    type nat hook prerouting priority -100
    ${virtual} meta l4proto { tcp, udp } dnat to ${family === 4 ? own : `[${own}]`}:${outsidePort}
    ${virtual} dnat to ${own}
  }
}
`;
}
