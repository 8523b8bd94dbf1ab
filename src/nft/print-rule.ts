import type { Family } from "../model/address.ts";
import type { Protocol } from "../model/port.ts";
import type { Field, Key, Rule, Statement } from "./rule.ts";
import type { Hook, SetField, Verdict } from "./ruleset.ts";

export function printRule(family: Family, rule: Rule): string {
  return rule.map((statement) => printStatement(family, statement)).join(" ");
}

export function printHook(hook: Hook): string {
  return `type ${hook.type} hook ${hook.hook} priority ${hook.priority}`;
}

export function printVerdict(verdict: Verdict): string {
  return "chain" in verdict ? `${verdict.kind} ${verdict.chain}` : verdict.kind;
}

function printStatement(family: Family, statement: Statement): string {
  switch (statement.kind) {
    case "ctState":
      return `ct state ${statement.state}`;
    case "ctStatus":
      return `ct status ${statement.not ? "! " : ""}${statement.status}`;
    case "l4proto":
      return `meta l4proto ${statement.protocol}`;
    case "fib":
      return `fib ${statement.field} type${printNot(statement)} ${statement.type}`;
    case "address":
      return `${family} ${statement.field}${printNot(statement)} ${statement.cidr}`;
    case "iifname":
      return `iifname${printNot(statement)} "${statement.name}${statement.prefix ? "*" : ""}"`;
    case "markBit":
      return `meta mark & ${hex(statement.mask)} == ${hex(statement.mask)}`;
    case "tcpFlag":
      return `tcp flags & ${statement.flag} == ${statement.not ? "0x0" : statement.flag}`;
    case "setMark":
      return `meta mark set meta mark | ${hex(statement.mask)}`;
    case "clearMark":
      return `meta mark set meta mark & ${hex(~statement.mask >>> 0)}`;
    case "member":
      return `${printKey(family, statement.key)}${printNot(statement)} @${statement.set}`;
    case "vmap":
      return `${printKey(family, statement.key)} vmap @${statement.map}`;
    case "dnat":
      return `dnat ${family} to ${printKey(family, statement.key)} map @${statement.map}`;
    case "update":
    case "delete": {
      const timeout = statement.timeoutSeconds === undefined ? "" : ` timeout ${statement.timeoutSeconds}s`;
      const key = printKey(family, statement.key);
      return `${statement.kind} @${statement.map} { ${key}${timeout} : ${printKey(family, statement.value)} }`;
    }
    case "count":
      return `update @${statement.set} { ${printKey(family, statement.key)} timeout ${statement.timeoutSeconds}s counter }`;
    case "reject":
      return statement.with === undefined ? "reject" : `reject with ${statement.with}`;
    case "masquerade":
      return "masquerade fully-random";
    case "accept":
    case "drop":
    case "return":
    case "jump":
    case "goto":
      return printVerdict(statement);
  }
}

function printKey(family: Family, key: Key): string {
  return key.map((field) => printField(family, field)).join(" . ");
}

export function printField(family: Family, field: Field | SetField): string {
  switch (field.kind) {
    case "saddr":
    case "daddr":
      return `${family} ${field.kind}`;
    case "l4proto":
      return "meta l4proto";
    case "dport":
      return `${field.protocol ?? "th"} dport`;
    case "ctOriginalDaddr":
      return `ct original ${family} daddr`;
    case "ctOriginalDport":
      return "ct original proto-dst";
    case "slot":
      return `numgen random mod ${slotModulus}`;
    case "numgenRandom":
      return `numgen random mod ${field.modulus}${printOffset(field.offset)}`;
    case "jhashSaddr":
      return `jhash ${family} saddr${printSport(field.sport)} mod ${field.modulus} seed ${hex(hashSeed + field.seed)}${printOffset(field.offset)}`;
  }
}

/** Only the width of the expression counts in a declaration: 32 bits. */
const slotModulus = 65536;

/** Fixed, so that a rewritten rule sends a client to the endpoint that it had. */
export const hashSeed = 0x6b6e6674;

function printSport(protocol: Protocol | undefined): string {
  return protocol === undefined ? "" : ` . ${protocol} sport`;
}

function printOffset(offset: number): string {
  return offset === 0 ? "" : ` offset ${offset}`;
}

function printNot(match: { readonly not?: boolean }): string {
  return match.not ? " !=" : "";
}

function hex(mask: number): string {
  return `0x${mask.toString(16).padStart(8, "0")}`;
}
