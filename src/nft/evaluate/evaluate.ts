import { isLoopback } from "../../model/address.ts";
import type { Table } from "../ruleset.ts";
import { nextStatement, type Terrain } from "./advance.ts";
import { drawCount } from "./key.ts";
import { chances, finder, type Given, looksUp } from "./lookup.ts";
import type { Outcome, Result } from "./outcome.ts";
import type { Packet } from "./packet.ts";
import { baseChains } from "./route.ts";
import { carryOut } from "./statement.ts";
import { branch, resultOf, start, type Walk } from "./walk.ts";

/** Returns all possible outcomes for a packet. Their probabilities add up to 1. */
export type Evaluator = (packet: Packet, given?: Given) => readonly Outcome[];

/**
 * Interprets a table as the kernel does: hook after hook, with routing and NAT in between, and twice if this node sends to
 * itself. A reject packet passes the rules, too, and they may drop it: then nobody receives it.
 *
 * Random numbers take all their values. What the rules do not decide is left out: whether there is a route, whether a
 * process listens, and which source address masquerading chooses.
 *
 * @param localAddresses the addresses of this node, for `fib` and for routing; loopback addresses are implied
 */
export function evaluator(table: Table, localAddresses: ReadonlySet<string>): Evaluator {
  const terrain: Terrain = {
    bases: baseChains(table),
    chains: table.chains,
    isLocal: (address) => localAddresses.has(address) || isLoopback(address),
  };
  const findIn = finder(table);
  return (packet, given = {}) => {
    const find = findIn(given);
    const outcomes: Outcome[] = [];
    const end = ({ probability, steps, effects }: Walk, result: Result) => {
      outcomes.push({ result, probability, steps, effects });
    };
    const follow = (walk: Walk) => {
      let statement = nextStatement(walk, terrain);
      for (; statement !== undefined; statement = nextStatement(walk, terrain)) {
        if (looksUp(statement) && drawCount(statement.key, walk) > 1) {
          for (const { met, probability } of chances(walk, statement, find)) {
            const way = branch(walk, probability);
            const result = carryOut(way, statement, met, terrain);
            if (result === undefined) follow(way);
            else end(way, result);
          }
          return;
        }
        const met = looksUp(statement) ? find(walk, statement, 0) : "nothing";
        const result = carryOut(walk, statement, met, terrain);
        if (result !== undefined) {
          end(walk, result);
          return;
        }
      }
      end(walk, resultOf(walk));
    };
    follow(start(packet));
    return outcomes;
  };
}
