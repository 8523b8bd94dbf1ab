import type { Protocol } from "../../../model/port.ts";
import { sha256 } from "./sha256.ts";

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

/** The first 80 bits of the digest, in letters and digits: a chain's name may have 28 characters. */
function hash(text: string): string {
  const words = sha256(text);
  let letters = "";
  for (let letter = 0; letter < 16; letter++) {
    const [word, bit] = [Math.floor((letter * 5) / 32), (letter * 5) % 32];
    const both = (BigInt(words[word] ?? 0) << 32n) | BigInt(words[word + 1] ?? 0);
    letters += base32[Number((both >> BigInt(59 - bit)) & 31n)];
  }
  return letters;
}

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
