import { packetText } from "../packet-lines.ts";
import type { Difference } from "./verify.ts";

/** `default/web:http  tcp from 198.51.100.77 …: passes untouched; expected: goes to 3 endpoints` */
export function differenceLine({
  servicePort = "no Service",
  packet,
  circumstance,
  expected,
  found,
}: Difference): string {
  const when = circumstance === "" ? "" : `, ${circumstance}`;
  return `${servicePort}  ${packetText(packet)}${when}: ${found}; expected: ${expected}`;
}
