import { type CIDR, cidrContains } from "../../model/cidr.ts";
import { type FrontendPlan, type PlanFamilySettings, type PortPlan, placesOf } from "./service-plan.ts";

/**
 * The places of the endpoints that connections to a frontend at the loopback address get (KEP-6032); none where nobody takes them there.
 *
 * - Only NodePorts of TCP are served there: a process accepts connections, and makes others.
 * - The list is that of outsiders: under externalTrafficPolicy Local, the endpoints of this node.
 * - Who connects is this node itself: where only some sources may, its primary address has to be among them; where some may
 *   not, it must not.
 */
export function loopbackPlaces(
  port: PortPlan,
  { frontend, outsiders, sources, denied }: FrontendPlan,
  { nodeIP, nodePortAddresses }: PlanFamilySettings,
): readonly number[] {
  if (frontend.kind !== "nodePort" || frontend.protocol !== "tcp" || !nodePortAddresses.loopback) return [];
  const isHere = (networks: readonly CIDR[]) =>
    nodeIP !== undefined && networks.some((network) => cidrContains(network, nodeIP));
  const isRestricted = sources !== undefined || denied.length > 0;
  const isOpen = !isRestricted || (nodeIP !== undefined && (!sources || isHere(sources)) && !isHere(denied));
  return isOpen ? placesOf(port, outsiders) : [];
}
