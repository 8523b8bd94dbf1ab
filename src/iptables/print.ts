import { type Address, addressFamily, type Family } from "../model/address.ts";
import type { Port } from "../model/port.ts";
import type { Chain, Match, Rule, Table, Target } from "./rule.ts";

/** The text of a table for `iptables-restore --noflush`, or ip6tables-restore. Rules have the form of iptables-save. */
export function printTable(family: Family, { name, chains }: Table): string {
  const own = chains.filter((chain) => !isOfKernel(chain)).map((chain) => `:${chain.name} - [0:0]\n`);
  const rules = chains.map((chain) => {
    // Rules of the kernel's chains come before those of other programs there.
    const place = (index: number) => (isOfKernel(chain) ? `-I ${chain.name} ${index + 1}` : `-A ${chain.name}`);
    return chain.rules.map((rule, index) => `${printRule(family, place(index), rule)}\n`).join("");
  });
  return `*${name}\n${own.join("")}${rules.join("")}COMMIT\n`;
}

function isOfKernel({ name }: Chain): boolean {
  return !name.includes("-");
}

function printRule(family: Family, place: string, { matches, comment, target }: Rule): string {
  const words = [place];
  for (const kind of headKinds) for (const match of matches) if (match.kind === kind) words.push(...headWords(match));
  if (comment !== undefined) words.push(`-m comment --comment "${printComment(comment)}"`);
  for (const match of matches) words.push(...moduleWords(family, match));
  if (target !== undefined) words.push(`-j ${printTarget(family, target)}`);
  return words.join(" ");
}

/** In the order in which iptables-save writes them. */
const headKinds: readonly Match["kind"][] = ["source", "destination", "inInterface", "transport"];

/** A match on the packet's header. iptables-save writes it before all others. */
function headWords(match: Match): readonly string[] {
  switch (match.kind) {
    case "source":
      return [`${printNot(match)}-s ${match.cidr}`];
    case "destination":
      return [`${printNot(match)}-d ${match.cidr}`];
    case "inInterface":
      return [`${printNot(match)}-i ${match.name}`];
    case "transport":
      return [`-p ${match.protocol}`];
    default:
      return [];
  }
}

function moduleWords(family: Family, match: Match): readonly string[] {
  switch (match.kind) {
    case "source":
    case "destination":
    case "inInterface":
      return [];
    case "transport":
      return match.dport === undefined ? [] : [`-m ${match.protocol} --dport ${match.dport}`];
    case "reset":
      return ["-m tcp --tcp-flags RST RST"];
    case "localSource":
      return [`-m addrtype ${printNot(match)}--src-type LOCAL`];
    case "localDestination":
      return [`-m addrtype ${printNot(match)}--dst-type LOCAL`];
    case "ctState":
      return [`-m conntrack ${printNot(match)}--ctstate ${match.state}`];
    case "mark":
      return [`-m mark ${printNot(match)}--mark ${hex(match.mask)}/${hex(match.mask)}`];
    case "random":
      return [`-m statistic --mode random --probability ${printProbability(match.probability)}`];
    case "remembered":
      return [`-m recent --rcheck --seconds ${match.seconds} --reap ${printList(family, match.list)}`];
    case "remember":
      return [`-m recent --set ${printList(family, match.list)}`];
    case "other":
      return [match.text];
  }
}

function printTarget(family: Family, target: Target): string {
  switch (target.kind) {
    case "jump":
      return target.chain;
    case "accept":
    case "drop":
    case "return":
    case "masquerade":
      return target.kind === "masquerade" ? "MASQUERADE --random-fully" : target.kind.toUpperCase();
    case "reject":
      return `REJECT --reject-with ${target.with ?? (family === "ip" ? "icmp-port-unreachable" : "icmp6-port-unreachable")}`;
    case "dnat":
      return `DNAT --to-destination ${endpointText(target.address, target.port)}`;
    case "setMark":
      return `MARK --set-xmark ${hex(target.mask)}/${hex(target.mask)}`;
    case "clearMark":
      return `MARK --set-xmark ${hex(0)}/${hex(target.mask)}`;
    case "other":
      return target.text;
  }
}

/** `10.244.1.11:8080` or `[fd00::11]:8080`, as kube-proxy writes an endpoint. */
export function endpointText(address: Address, port: Port): string {
  return addressFamily(address) === "ip" ? `${address}:${port}` : `[${address}]:${port}`;
}

/** The kernel accepts no longer comments. Characters that could end one or begin another argument are removed. */
function printComment(comment: string): string {
  return comment.replace(/[^ -!#-&(-[\]-~]/g, "?").slice(0, 255);
}

/** The kernel's unit is 2 to the power of -31. */
function printProbability(probability: number): string {
  return (Math.round(probability * 2 ** 31) / 2 ** 31).toFixed(11);
}

function printList(family: Family, list: string): string {
  const mask = family === "ip" ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  return `--name ${list} --mask ${mask} --rsource`;
}

function printNot({ not }: { readonly not?: boolean }): string {
  return not ? "! " : "";
}

function hex(mask: number): string {
  return `0x${mask.toString(16)}`;
}
