import { cidr, prefixLength } from "../../model/cidr.ts";
import type { Statement } from "../rule.ts";
import type { Element } from "../ruleset.ts";
import { addStep, bind, leaveRule, obey, type Terrain } from "./advance.ts";
import { keyOf } from "./key.ts";
import type { Met } from "./lookup.ts";
import type { Result } from "./outcome.ts";
import { refuse, translate, type Walk } from "./walk.ts";

/**
 * Applies a statement to a packet: the packet continues with the next statement, leaves the rule, or reaches its result.
 */
export function carryOut(walk: Walk, statement: Statement, met: Met, terrain: Terrain): Result | undefined {
  if (met === "no key") return onlyIf(walk, false);
  const element = met === "nothing" ? undefined : met;
  switch (statement.kind) {
    case "ctState":
      return onlyIf(walk, walk.ctState === statement.state);
    case "ctStatus":
      return onlyIf(
        walk,
        walk.original !== undefined && hasStatus(walk, statement.status) !== (statement.not ?? false),
      );
    case "l4proto":
      return onlyIf(walk, walk.protocol === statement.protocol);
    case "fib": {
      const { field, not = false } = statement;
      return onlyIf(walk, terrain.isLocal(field === "saddr" ? walk.saddr : walk.daddr) !== not);
    }
    case "address": {
      const { field, cidr: network, not = false } = statement;
      const address = field === "saddr" ? walk.saddr : walk.daddr;
      return onlyIf(walk, (cidr(`${address}/${prefixLength(network)}`) === network) !== not);
    }
    case "iifname": {
      const { name, prefix, not = false } = statement;
      return onlyIf(walk, (prefix ? walk.iifname.startsWith(name) : walk.iifname === name) !== not);
    }
    case "tcpFlag": {
      const { flag, not = false } = statement;
      return onlyIf(walk, walk.protocol === "tcp" && walk.flags.includes(flag) !== not);
    }
    case "markBit":
      return onlyIf(walk, (walk.mark & statement.mask) >>> 0 === statement.mask);
    case "member":
      if (element) find(walk, statement.set, element);
      return onlyIf(walk, (element !== undefined) !== (statement.not ?? false));
    case "vmap": {
      if (element?.value === undefined || !("kind" in element.value)) return onlyIf(walk, false);
      find(walk, statement.map, element);
      return obey(walk, element.value, terrain);
    }
    case "dnat": {
      if (element?.value === undefined || "kind" in element.value) return onlyIf(walk, false);
      const [address, port = walk.dport] = element.value;
      find(walk, statement.map, element);
      translate(walk, { address: String(address), port: Number(port) });
      bind(walk);
      return undefined;
    }
    case "update":
    case "delete": {
      const { kind, map, timeoutSeconds } = statement;
      const value = keyOf(statement.value, walk, 0);
      if (element === undefined || value === undefined) return onlyIf(walk, false);
      const { key } = element;
      walk.effects.push(kind === "update" ? { kind, map, key, value, timeoutSeconds } : { kind, map, key });
      return undefined;
    }
    case "count":
      if (element) walk.effects.push({ kind: "count", set: statement.set, key: element.key });
      return undefined;
    case "setMark":
      walk.mark = (walk.mark | statement.mask) >>> 0;
      return undefined;
    case "clearMark":
      walk.mark = (walk.mark & ~statement.mask) >>> 0;
      return undefined;
    case "masquerade":
      walk.isMasqueraded = true;
      bind(walk);
      return undefined;
    case "reject":
      if (statement.with !== undefined && walk.protocol !== "tcp") return onlyIf(walk, false);
      addStep(walk);
      refuse(walk, { kind: "rejected", with: statement.with ?? "port unreachable" });
      return undefined;
    case "accept":
    case "drop":
    case "return":
    case "jump":
    case "goto":
      return obey(walk, statement, terrain);
  }
}

function hasStatus(walk: Walk, status: "dnat" | "confirmed"): boolean {
  return status === "dnat" ? walk.isTranslated : walk.isConfirmed;
}

function onlyIf(walk: Walk, isTrue: boolean): undefined {
  if (!isTrue) leaveRule(walk);
}

function find(walk: Walk, set: string, element: Element): void {
  walk.found = [...walk.found, { set, element }];
}
