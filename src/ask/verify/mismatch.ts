import { type Refusal, refusals } from "../../compile/lower/nftables/refusals.ts";
import { affinityMap } from "../../compile/lower/nftables/sets.ts";
import { longestExact } from "../../compile/lower/nftables/slots.ts";
import type { EndpointPlan } from "../../compile/plan/service-plan.ts";
import { type Fraction, fraction, fractionText, plus } from "../../nft/evaluate/fraction.ts";
import type { Effect, Outcome, Result } from "../../nft/evaluate/outcome.ts";
import type { Packet } from "../../nft/evaluate/packet.ts";
import { printTuple } from "../../nft/print-set.ts";
import { resultText } from "../result-text.ts";
import type { World } from "../world.ts";
import {
  decidedBy,
  type Expectation,
  isLeftAlone,
  listsTarget,
  meetsItself,
  rememberedSeconds,
  targetText,
} from "./expectation.ts";

type Balanced = Extract<Expectation, { kind: "balanced" }>;

/**
 * How a packet's possible results differ from the expectation, in words; undefined if they do not.
 *
 * @param isCounting whether the rules count what they refuse
 */
export function mismatch(
  world: World,
  packet: Packet,
  expected: Expectation,
  outcomes: readonly Outcome[],
  isCounting: boolean,
): string | undefined {
  for (const { result } of outcomes) {
    const wrong = wrongResult(world, packet, expected, result);
    if (wrong !== undefined) return wrong;
  }
  if (expected.kind !== "balanced") return isCounting ? wrongCount(packet, expected.counted, outcomes) : undefined;
  return wrongShares(world, expected, outcomes) ?? wrongMemory(world, packet, expected, outcomes);
}

/**
 * The same for a packet for which one lookup misses an existing element.
 *
 * @param mayBeLost whether the packet may be dropped, in which case the client retries
 */
export function mismatchAfterMiss(
  world: World,
  packet: Packet,
  expected: Expectation,
  outcomes: readonly Outcome[],
  mayBeLost: boolean,
): string | undefined {
  for (const { result } of outcomes) {
    if (mayBeLost && result.kind === "dropped") continue;
    const wrong = wrongResult(world, packet, expected, result);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/**
 * For a packet that is untranslated because the rules were not there yet: it has to be dropped, so that its client
 * retries.
 */
export function mismatchAfterSlip(
  packet: Packet,
  { planned }: Balanced,
  outcomes: readonly Outcome[],
  isCounting: boolean,
): string | undefined {
  const isItself = listsTarget(planned.port, packet);
  const wrong = isItself ? undefined : outcomes.find(({ result }) => result.kind !== "dropped");
  if (wrong !== undefined) return resultText(wrong.result);
  return isCounting && !isItself
    ? wrongCount(packet, refusals[planned.frontend.frontend.kind].slip, outcomes)
    : undefined;
}

/** For a client with a remembered endpoint: it gets that one, or, if it is no longer in the list, is forgotten. */
export function mismatchRemembered(
  world: World,
  packet: Packet,
  expected: Balanced,
  remembered: EndpointPlan | undefined,
  outcomes: readonly Outcome[],
): string | undefined {
  for (const { result, effects } of outcomes) {
    if (remembered === undefined && result.kind === "dropped") {
      if (!effects.some(({ kind }) => kind === "delete"))
        return "is dropped, and its endpoint that is gone stays remembered";
      continue;
    }
    const wrong = wrongResult(world, packet, expected, result);
    if (wrong !== undefined) return wrong;
    if (remembered !== undefined && endpointOf(expected, result) !== remembered)
      return `${resultText(result)}, another endpoint than the remembered one`;
  }
  return undefined;
}

function wrongResult(world: World, packet: Packet, expected: Expectation, result: Result): string | undefined {
  return isExpected(world, packet, expected, result) ? undefined : resultText(result);
}

function isExpected(world: World, packet: Packet, expected: Expectation, result: Result): boolean {
  switch (expected.kind) {
    case "dropped":
      return result.kind === "dropped";
    case "refused":
      return (
        result.kind === "rejected" && result.with === (packet.protocol === "tcp" ? "tcp reset" : "port unreachable")
      );
    case "untouched":
      return result.kind === "accepted" && result.endpoint === undefined && !result.isMasqueraded;
    case "balanced": {
      const endpoint = endpointOf(expected, result);
      if (result.kind !== "accepted") return expected.unreachable > 0;
      if (endpoint === undefined) return false;
      if (isLeftAlone(world, endpoint, packet)) return !result.isMasqueraded;
      const itself = meetsItself(endpoint, packet);
      if (expected.isMasqueraded || itself === true) return result.isMasqueraded;
      return itself === undefined || !result.isMasqueraded;
    }
  }
}

function endpointOf({ endpoints }: Balanced, result: Result): EndpointPlan | undefined {
  const to = result.kind === "accepted" ? result.endpoint : undefined;
  return to && endpoints.get(targetText(to.address, to.port));
}

/**
 * Endpoints have equal shares. If a list has free slots, one endpoint gets a little more: packets that find no full slot
 * in six tries. If a hash of the client's address decides, each client has one endpoint; if its port counts, which is not
 * known here, no endpoint has much more than its share.
 */
function wrongShares(world: World, expected: Balanced, outcomes: readonly Outcome[]): string | undefined {
  const { endpoints, planned } = expected;
  const shares = new Map<EndpointPlan, Fraction>();
  for (const { result, probability } of outcomes) {
    const endpoint = endpointOf(expected, result);
    if (endpoint !== undefined) shares.set(endpoint, plus(shares.get(endpoint) ?? none, probability));
  }
  const by = decidedBy(world, planned);
  if (by === "address") return shares.size <= 1 ? undefined : "does not always go to one endpoint";
  const count = endpoints.size + expected.unreachable;
  const fair = fraction(1, count);
  if (by === "address and port") {
    const isTooMuch = [...shares.values()].some((share) => toNumber(share) > mostHashed * toNumber(fair));
    return isTooMuch ? "goes to an endpoint too often" : undefined;
  }
  const isExact = count <= longestExact;
  for (const [target, each] of endpoints) {
    const share = shares.get(each);
    if (share === undefined) return `never goes to ${target}`;
    const isFair = isExact ? isEqual(share, fair) : Math.abs(toNumber(share) - toNumber(fair)) <= mostUnfair;
    if (!isFair) return `goes to ${target} with probability ${fractionText(share)}, not ${fractionText(fair)}`;
  }
  return undefined;
}

/** How much more than its share of all clients an endpoint may have. */
const mostHashed = 1.3;

/** The share of connections for which six tries fail: 0.36 to the sixth power. */
const mostUnfair = 0.0022;

/** Sticky clients are remembered with the endpoint that they get, and others are not. */
function wrongMemory(
  world: World,
  packet: Packet,
  { planned }: Balanced,
  outcomes: readonly Outcome[],
): string | undefined {
  const { frontend } = planned.frontend;
  const seconds = rememberedSeconds(world, planned);
  for (const { result, effects } of outcomes) {
    if (result.kind !== "accepted" || result.endpoint === undefined) continue;
    const { address, port } = result.endpoint;
    const wanted: readonly Effect[] =
      seconds !== undefined && !(address === packet.daddr && port === packet.dport)
        ? [
            {
              kind: "update",
              map: affinityMap(frontend.protocol),
              key: [packet.saddr, packet.daddr, packet.dport],
              value: [address, port],
              timeoutSeconds: seconds,
            },
          ]
        : [];
    if (effectsText(effects) === effectsText(wanted)) continue;
    const what = seconds !== undefined ? `is not remembered for ${seconds} s` : "is remembered";
    return `goes to ${targetText(address, port)} and ${what}`;
  }
  return undefined;
}

/** A refused packet is counted once, under its target, and nothing else is counted. */
function wrongCount(packet: Packet, refusal: Refusal | undefined, outcomes: readonly Outcome[]): string | undefined {
  const { protocol, daddr, dport } = packet;
  const keys = { address: [daddr, protocol, dport], nodePort: [protocol, dport], clusterIP: [daddr] };
  const wanted = refusal === undefined ? [] : [{ kind: "count", set: refusal.set, key: keys[refusal.of] } as const];
  const wrong = outcomes.find(({ effects }) => effectsText(effects) !== effectsText(wanted));
  if (wrong === undefined) return undefined;
  const found = wrong.effects.length === 0 ? "is not counted" : `is counted as ${effectsText(wrong.effects)}`;
  return refusal === undefined ? found : `${found}, not as ${refusal.set}`;
}

function effectsText(effects: readonly Effect[]): string {
  return effects
    .map((each) => {
      const value = each.kind === "update" ? `${printTuple(each.value)} ${each.timeoutSeconds}` : "";
      return `${each.kind} ${each.kind === "count" ? each.set : each.map} ${printTuple(each.key)} ${value}`;
    })
    .join();
}

/** An expectation in words. */
export function expectedWords(expected: Expectation): string {
  switch (expected.kind) {
    case "balanced": {
      const { endpoints, isMasqueraded } = expected;
      const [first] = endpoints.keys();
      const where = endpoints.size === 1 ? first : `${endpoints.size} endpoints`;
      return `goes to ${where}${isMasqueraded ? ", masqueraded" : ""}`;
    }
    case "refused":
    case "dropped":
      return `is ${expected.kind}: ${expected.why}`;
    case "untouched":
      return "passes untouched";
  }
}

function isEqual(a: Fraction, b: Fraction): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}

function toNumber({ numerator, denominator }: Fraction): number {
  return Number((numerator * 1_000_000_000n) / denominator) / 1e9;
}

const none = fraction(0, 1);
