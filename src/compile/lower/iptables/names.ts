import { createHash } from "node:crypto";
import type { Protocol } from "../../../model/port.ts";

/** The names that kube-proxy gives the chains of a service port and of its endpoints. */
export type PortChains = {
  /** All endpoints. */
  readonly cluster: string;
  /** Those of this node. */
  readonly local: string;
  /** For packets to a NodePort, a load balancer IP or an external IP. */
  readonly external: string;
  /** The source ranges of load balancer IPs, and those of all others, which kube-proxy does not have. */
  readonly firewall: string;
  readonly otherFirewall: string;
  /** One endpoint, `10.244.1.11:8080`. */
  readonly endpoint: (endpoint: string) => string;
};

/** @param name of the service port: `default/web:http` */
export function portChains(name: string, protocol: Protocol): PortChains {
  const own = hash(`${name}${protocol}`);
  return {
    cluster: `KUBE-SVC-${own}`,
    local: `KUBE-SVL-${own}`,
    external: `KUBE-EXT-${own}`,
    firewall: `KUBE-FW-${own}`,
    otherFirewall: `KUBE-FWO-${own}`,
    endpoint: (endpoint) => `KUBE-SEP-${hash(`${name}${protocol}${endpoint}`)}`,
  };
}

/** The first 80 bits of the SHA-256 digest, in letters and digits: a chain's name may have 28 characters. */
function hash(text: string): string {
  const bits = BigInt(`0x${createHash("sha256").update(text).digest("hex").slice(0, 20)}`);
  return Array.from({ length: 16 }, (_, letter) => base32[Number((bits >> BigInt(75 - 5 * letter)) & 31n)]).join("");
}

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
