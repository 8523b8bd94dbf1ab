import type { Packet } from "../nft/evaluate/packet.ts";
import type { PacketExplanation, Probability, RelayExplanation, RuleExplanation } from "./packet-explanation.ts";
import { resultText } from "./result-text.ts";

/**
 * What happens to a packet, in lines for people: its possible results, and the rules that it matches, by hook and chain,
 * with the elements that they find. What is not certain has its probability.
 */
export function packetLines({ packet, outcomes, path, relay }: PacketExplanation): readonly string[] {
  const results = outcomes.map((each) => spaced("", resultText(each), probabilityText(each.probability)));
  return [packetText(packet), ...shortened(results, ""), ...relayLines(relay), ...pathLines(path)];
}

function relayLines(relay: RelayExplanation | undefined): readonly string[] {
  if (relay === undefined) return [];
  const { servicePort, endpoints } = relay;
  const how = endpoints.length === 1 ? "to" : "to one of";
  return [
    `the agent accepts it for ${servicePort}, and passes the connection on ${how}`,
    ...shortened(
      endpoints.map((each) => `  ${each}`),
      "  ",
    ),
  ];
}

export function packetText({ protocol, saddr, daddr, dport, iifname, conntrack }: Packet): string {
  const what = protocol === "icmp" ? "ping" : protocol;
  const source = iifname === undefined ? `this node (${saddr})` : `${saddr} through ${iifname}`;
  return `${what} from ${source} to ${daddr}${protocol === "icmp" ? "" : ` port ${dport}`}, ${conntrack.kind}`;
}

function pathLines(path: readonly RuleExplanation[]): readonly string[] {
  const lines: string[] = [];
  let last: RuleExplanation | undefined;
  for (const step of path) {
    const { hook, chain, note, rule, probability, found } = step;
    if (hook !== last?.hook) lines.push("", `${hook}`);
    if (chain !== last?.chain || hook !== last.hook) {
      lines.push(spaced("  ", chain, note === undefined ? "" : `# ${note}`));
    }
    lines.push(spaced("    ", rule, probabilityText(probability)));
    const elements = found.map(({ element, owner = "", probability }) =>
      spaced("      ", element, owner, probabilityText(probability)),
    );
    lines.push(...shortened(elements, "      "));
    last = step;
  }
  return lines;
}

/** A percentage if the fraction is long, and nothing if it is certain. */
function probabilityText(probability: Probability): string {
  const [numerator = "", denominator = "1"] = probability.split("/");
  if (denominator === "1") return "";
  if (denominator.length < 4) return probability;
  return `${((100 * Number(numerator)) / Number(denominator)).toPrecision(2)} %`;
}

function spaced(indent: string, ...texts: readonly string[]): string {
  return indent + texts.filter((text) => text !== "").join("  ");
}

/** Nobody reads a hundred endpoints, twice. */
function shortened(lines: readonly string[], indent: string): readonly string[] {
  const most = 20;
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `${indent}and ${lines.length - most + 1} more`];
}
