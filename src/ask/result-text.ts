import type { Result } from "../nft/evaluate/outcome.ts";

/** What happens to a packet, in words. */
export function resultText(result: Result): string {
  switch (result.kind) {
    case "accepted": {
      const { endpoint, isMasqueraded } = result;
      const way = endpoint ? `goes to ${endpoint.address} port ${endpoint.port}` : "passes untouched";
      return isMasqueraded ? `${way}, masqueraded` : way;
    }
    case "rejected":
      return `is refused with ${result.with === "tcp reset" ? "a TCP reset" : "ICMP port unreachable"}`;
    case "dropped":
      return "is dropped";
  }
}
