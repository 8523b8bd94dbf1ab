import { setTimeout as sleep } from "node:timers/promises";
import type { SpawnedAPIServer } from "../api-server/spawn.ts";
import { type Cluster, zones } from "./cluster.ts";
import type { ForeignDisturber } from "./foreign-disturber.ts";
import type { NodeAgent } from "./node-agent.ts";
import type { Random } from "./random.ts";
import { Trouble } from "./trouble.ts";

/** Something that happens to the node, its agent or the API server. */
export type Disturbance = {
  readonly name: string;
  /** The agent is another process after it. */
  readonly endsAgent: boolean;
  /** Resolves with what else there is to say of it. */
  readonly run: () => Promise<string>;
};

export type Scene = {
  readonly api: SpawnedAPIServer;
  readonly cluster: Cluster;
  readonly agent: NodeAgent;
  readonly foreign: ForeignDisturber;
  readonly random: Random;
};

export function disturbances({ api, cluster, agent, foreign, random }: Scene): readonly Disturbance[] {
  const lasting = (name: string, run: () => Promise<unknown>): Disturbance => ({
    name,
    endsAgent: false,
    run: async () => {
      await run();
      return "";
    },
  });
  const restart = (signal: "SIGTERM" | "SIGKILL"): Disturbance => ({
    name: `agent ended by ${signal}`,
    endsAgent: true,
    async run() {
      const end = await agent.stop(signal);
      await sleep(random.between(0, 2000));
      agent.start();
      if (signal === "SIGTERM" && end.code !== 0) throw new Trouble(`SIGTERM ended the agent with ${end.code}`);
      return `after ${Math.round(end.milliseconds)} ms`;
    },
  });
  return [
    lasting("node in another zone", () =>
      cluster.setZone(random.of(zones.filter((zone) => zone !== cluster.zone.latest))),
    ),
    lasting("watches ended", () => api.call("endWatches")),
    lasting("connections cut", () => api.call("cut")),
    lasting("history forgotten", async () => {
      await api.call("refuse");
      await sleep(500);
      await api.call("compact");
      await api.call("accept");
    }),
    lasting("API server away", async () => {
      await api.call("refuse");
      await sleep(random.between(1000, 4000));
      await api.call("accept");
    }),
    lasting("errors of the API server", async () => {
      await api.call("fail", { kind: "status", code: random.of([429, 500, 503]) }, 1000);
      await api.call("endWatches");
      await sleep(random.between(1000, 3000));
      await api.call("heal");
    }),
    ...foreign.names.map((name) => ({ name, endsAgent: false, run: () => foreign.disturb(name) })),
    restart("SIGTERM"),
    restart("SIGKILL"),
    {
      name: "ruleset flushed while there was no agent",
      endsAgent: true,
      run: () =>
        foreign.disturb("ruleset flushed", {
          before: () => agent.stop("SIGKILL"),
          after: async () => agent.start(),
        }),
    },
  ];
}
