import { addressFamily, type Family } from "../model/address.ts";
import { type Fraction, fractionText } from "../nft/evaluate/fraction.ts";
import { type Outcome, possibilities } from "../nft/evaluate/outcome.ts";
import type { Packet } from "../nft/evaluate/packet.ts";
import { printRule } from "../nft/print-rule.ts";
import { printElementValue, printTuple } from "../nft/print-set.ts";
import type { Element } from "../nft/ruleset.ts";
import { type PathStep, packetPath } from "./packet-path.ts";
import { resultText } from "./result-text.ts";

/**
 * What becomes of a packet, in lines for people: how it may end, and the rules that it matches, by hook and chain, with
 * the elements that they find. What is not certain has its probability.
 */
export function packetLines(packet: Packet, outcomes: readonly Outcome[]): readonly string[] {
  const results = possibilities(outcomes).map(({ result, probability }) =>
    spaced("", resultText(result), probabilityText(probability)),
  );
  return [packetText(packet), ...shortened(results, ""), ...pathLines(addressFamily(packet.daddr), outcomes)];
}

export function packetText({ protocol, saddr, daddr, dport, iifname, conntrack }: Packet): string {
  const what = protocol === "icmp" ? "ping" : protocol;
  const source = iifname === undefined ? `this node (${saddr})` : `${saddr} through ${iifname}`;
  return `${what} from ${source} to ${daddr}${protocol === "icmp" ? "" : ` port ${dport}`}, ${conntrack.kind}`;
}

function pathLines(family: Family, outcomes: readonly Outcome[]): readonly string[] {
  const lines: string[] = [];
  let last: PathStep | undefined;
  for (const step of packetPath(outcomes)) {
    const { hook, chain, rule, probability, found } = step;
    if (hook !== last?.hook) lines.push("", `${hook}`);
    if (chain !== last?.chain || hook !== last.hook) {
      lines.push(spaced("  ", chain.name, chain.note === undefined ? "" : `# ${chain.note}`));
    }
    lines.push(spaced("    ", printRule(family, rule), probabilityText(probability)));
    const elements = found.map(({ element, probability }) =>
      spaced("      ", elementText(element), element.owner ?? "", probabilityText(probability)),
    );
    lines.push(...shortened(elements, "      "));
    last = step;
  }
  return lines;
}

function elementText(element: Element): string {
  const value = printElementValue(element);
  return value === undefined ? printTuple(element.key) : `${printTuple(element.key)} : ${value}`;
}

/** `1/3`; in percent where the fraction is long, and nothing for what is certain. */
function probabilityText(probability: Fraction): string {
  const { numerator, denominator } = probability;
  if (denominator === 1n) return "";
  if (denominator < 1000n) return fractionText(probability);
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
