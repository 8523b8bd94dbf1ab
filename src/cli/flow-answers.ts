import { type FlowFilter, isAskedFor } from "../ask/flows/flow-filter.ts";
import { eventLine, flowLines } from "../ask/flows/flow-lines.ts";
import { compareFlows, type ServiceFlow, serviceFlows } from "../ask/flows/service-flow.ts";
import { podDetails } from "../decode/service-details.ts";
import { followConnections, readConnections } from "../io/conntrack/connections.ts";
import { ownSockets } from "../io/host/own-sockets.ts";
import { address } from "../model/address.ts";
import { port, protocols } from "../model/port.ts";
import type { Connection } from "../netlink/connection.ts";
import type { FlowsOptions } from "./flows.ts";
import { exitFindings, say, write, writeLines } from "./output.ts";
import { serviceKeyOf, whyNotServed } from "./service-name.ts";
import { type Asked, askedWorlds } from "./worlds.ts";

export async function listFlows(options: FlowsOptions, which: string | undefined): Promise<void> {
  const { asked, flowOf } = await question(options, which);
  const flows: ServiceFlow[] = [];
  for (const { family } of asked.worlds) for (const each of await readConnections(family, flowOf)) flows.push(each);
  flows.sort(compareFlows);
  if (options.output === "json") await writeJSON(flows);
  else if (flows.length > 0) await writeLines(flowLines(flows));
  say(`${flows.length} connection${flows.length === 1 ? "" : "s"}${options.stale ? " that lead nowhere" : ""}`);
  if (options.stale && flows.length > 0) process.exitCode = exitFindings;
}

export async function followFlows(options: FlowsOptions, which: string | undefined): Promise<void> {
  const { flowOf } = await question(options, which);
  const abort = new AbortController();
  // The reader has seen enough.
  process.stdout.once("error", () => abort.abort());
  const onListening = () => say("following; end with Ctrl-C");
  const onMissed = () => say("there were more connections than could be shown; some are missing here");
  await followConnections(
    async (events) => {
      const shown = events.flatMap(({ kind, connection }) => {
        const flow = flowOf(connection);
        return flow === undefined ? [] : [{ event: kind, ...flow }];
      });
      if (options.output === "json") await write(shown.map((each) => `${JSON.stringify(each)}\n`).join(""));
      else await writeLines(shown.map(({ event, ...flow }) => eventLine(event, flow)));
    },
    { onListening, onMissed },
    abort.signal,
  );
}

type Question = {
  readonly asked: Asked;
  /** Undefined for a connection that is not asked about. */
  readonly flowOf: (connection: Connection) => ServiceFlow | undefined;
};

async function question(options: FlowsOptions, which: string | undefined): Promise<Question> {
  const asked = await askedWorlds(options, true);
  const filter = filterOf(which, asked);
  const pods = podDetails(asked.objects);
  const flowOf = serviceFlows(asked.worlds, {
    own: ownSockets(),
    podOf: (each) => pods.get(each)?.pod,
    now: Date.now,
  });
  const isWanted = (flow: ServiceFlow) => (!options.stale || flow.stale !== undefined) && isAskedFor(flow, filter);
  return {
    asked,
    flowOf: (connection) => {
      const flow = flowOf(connection);
      return flow !== undefined && isWanted(flow) ? flow : undefined;
    },
  };
}

/** Throws where it is about nothing that there is. */
function filterOf(which: string | undefined, { worlds, objects }: Asked): FlowFilter {
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
  const service = serviceKeyOf(which);
  if (!worlds.some(({ plans }) => plans.planOf(service) !== undefined)) throw new Error(whyNotServed(service, objects));
  return { kind: "service", service };
}

/** A list with an item a line, in pieces: there may be hundreds of thousands. */
async function writeJSON(all: readonly object[]): Promise<void> {
  await write("[");
  for (let at = 0; at < all.length; at += piece) {
    const lines = all.slice(at, at + piece).map((each) => JSON.stringify(each));
    await write(`${at === 0 ? "\n" : ",\n"}${lines.join(",\n")}`);
  }
  await write("\n]\n");
}

const piece = 10_000;
