import { type FlowFilter, isAskedFor } from "../ask/flows/flow-filter.ts";
import { eventLine, flowLines } from "../ask/flows/flow-lines.ts";
import { compareFlows, type ServiceFlow, serviceFlows } from "../ask/flows/service-flow.ts";
import { podDetails } from "../decode/service-details.ts";
import { type ConnectionEvent, followConnections } from "../io/conntrack/connections.ts";
import { ownSockets } from "../io/host/own-sockets.ts";
import { address } from "../model/address.ts";
import { port, protocols } from "../model/port.ts";
import type { Connection } from "../netlink/connection.ts";
import { serviceExplanation } from "./explanations.ts";
import type { FlowsOptions } from "./flows.ts";
import { kernelFlows } from "./kernel-flows.ts";
import { exitFindings, say, writeLines } from "./output.ts";
import { podNamesOfAgent } from "./pod-names.ts";
import { serviceKeyOf, whyNotServed } from "./service-name.ts";
import { type Asked, askedWorlds } from "./worlds.ts";

export async function listFlows(options: FlowsOptions, which: string | undefined): Promise<void> {
  const { asked, flowOf, withPods } = await question(options, which);
  const flows = await withPods((await kernelFlows(asked, flowOf)).toSorted(compareFlows));
  if (options.output === "json") await writeJSON(flows);
  else if (flows.length > 0) await writeLines(flowLines(flows));
  say(`${flows.length} connection${flows.length === 1 ? "" : "s"}${options.stale ? " that are stale" : ""}`);
  if (options.stale && flows.length > 0) process.exitCode = exitFindings;
}

export async function followFlows(options: FlowsOptions, which: string | undefined): Promise<void> {
  const { flowOf, withPods } = await question(options, which);
  const abort = new AbortController();
  // The reader has seen enough.
  process.stdout.once("error", () => abort.abort());
  const onListening = () => say("following; end with Ctrl-C");
  const onMissed = () => say("connections changed faster than they could be shown; some are missing");
  await followConnections(
    async (events) => {
      const shown: { readonly event: ConnectionEvent["kind"]; readonly flow: ServiceFlow }[] = [];
      for (const { kind: event, connection } of events) {
        const flow = flowOf(connection);
        for (const named of await withPods(flow === undefined ? [] : [flow])) shown.push({ event, flow: named });
      }
      const lineOf = ({ event, flow }: (typeof shown)[number]) =>
        options.output === "json" ? JSON.stringify({ event, ...flow }) : eventLine(event, flow);
      await writeLines(shown.map(lineOf));
    },
    { onListening, onMissed },
    abort.signal,
  );
}

type Question = {
  readonly asked: Asked;
  /** Undefined for a connection that was not asked for. */
  readonly flowOf: (connection: Connection) => ServiceFlow | undefined;
  readonly withPods: (flows: readonly ServiceFlow[]) => Promise<readonly ServiceFlow[]>;
};

async function question(options: FlowsOptions, which: string | undefined): Promise<Question> {
  const asked = await askedWorlds(options, true);
  const filter = filterOf(which, asked);
  const { worlds, objects } = asked;
  if (filter.kind === "service" && !worlds.some(({ plans }) => plans.planOf(filter.service) !== undefined)) {
    if (asked.origin.kind !== "agent") throw new Error(whyNotServed(filter.service, objects));
    // Rejects with the reason, unless the Service is set aside.
    await serviceExplanation(options, filter.service, undefined);
  }
  const pods = podDetails(asked.objects);
  const flowOf = serviceFlows(asked.worlds, {
    own: ownSockets(),
    podOf: (each) => pods.get(each)?.pod,
    now: Date.now,
  });
  const isWanted = (flow: ServiceFlow) => (!options.stale || flow.stale !== undefined) && isAskedFor(flow, filter);
  return {
    asked,
    withPods: asked.origin.kind === "agent" ? podNamesOfAgent() : async (flows) => flows,
    flowOf: (connection) => {
      const flow = flowOf(connection);
      return flow !== undefined && isWanted(flow) ? flow : undefined;
    },
  };
}

/** Throws if it is invalid, or a nodePort that no Service has. */
function filterOf(which: string | undefined, { worlds }: Asked): FlowFilter {
  if (which === undefined) return { kind: "all" };
  const ip = address(which);
  if (ip !== undefined) return { kind: "address", address: ip };
  if (/^\d+$/.test(which)) {
    const number = port(Number(which));
    const isKnown =
      number !== undefined &&
      worlds.some(({ plans }) =>
        protocols.some((protocol) => plans.ownerOf({ kind: "nodePort", protocol, port: number }) !== undefined),
      );
    if (!isKnown) throw new Error(`no Service has the nodePort ${which}`);
    return { kind: "nodePort", port: number };
  }
  return { kind: "service", service: serviceKeyOf(which) };
}

/** A list with one item per line, in pieces: there may be hundreds of thousands. */
async function writeJSON(all: readonly object[]): Promise<void> {
  await writeLines(["["]);
  for (let at = 0; at < all.length; at += piece) {
    const lines = all.slice(at, at + piece).map((each, index) => {
      const isLast = at + index + 1 === all.length;
      return `${JSON.stringify(each)}${isLast ? "" : ","}`;
    });
    await writeLines(lines);
  }
  await writeLines(["]"]);
}

const piece = 10_000;
