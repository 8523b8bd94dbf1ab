import { QuestionError } from "../ask/packet-question.ts";
import type { Status } from "../ask/status/status.ts";
import type { AdjustableLog } from "../io/host/log.ts";
import { jsonList } from "../io/http/json-stream.ts";
import { json, type LocalOrder, type LocalPage } from "../io/http/local-pages.ts";
import { pageFiles } from "../io/http/page-files.ts";
import { plainText } from "../io/http/reply.ts";
import type { ObjectKey } from "../model/service.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Dumper } from "./dump.ts";
import type { Explainer } from "./explainer.ts";
import type { FrontendCounts } from "./frontend-counts.ts";
import { clusterHead, type ListingSources, listedCluster, listedRows } from "./listings.ts";

export type PageSources = ListingSources & {
  readonly status: () => Status;
  readonly chronicle: Pick<Chronicle, "rounds">;
  readonly explainer: Explainer;
  readonly counts: FrontendCounts;
  readonly dumper: Pick<Dumper, "write">;
  readonly log: AdjustableLog;
};

/** The agent's answers to clients on this machine. Their types are in src/ask. */
export function agentPages(sources: PageSources): ReadonlyMap<string, LocalPage> {
  const { status, chronicle, explainer, refusals, counts, log } = sources;
  return new Map<string, LocalPage>([
    ...pageFiles,
    ["/status.json", async () => json(status())],
    ["/loglevel", async () => plainText(200, `${log.verbosity}\n`)],
    ["/rounds.json", async () => json(chronicle.rounds)],
    [
      "/services.json",
      async () => {
        await refusals?.fresh();
        return jsonList(listedRows(sources, await counts.latest()));
      },
    ],
    [
      "/cluster.json",
      async () => {
        const head = JSON.stringify(clusterHead(sources)).slice(0, -1);
        return jsonList(listedCluster(sources), `${head},"services":[`, "]}");
      },
    ],
    [
      "/explain.json",
      async (query) => {
        const key = query.get("service") ?? "";
        if (!isObjectKey(key)) return json({ error: `${JSON.stringify(key)} is not NAMESPACE/NAME` }, 400);
        return json(await explainer.service(key, query.get("port") ?? undefined));
      },
    ],
    [
      "/packet.json",
      async (query) => {
        try {
          return json(explainer.packet(query.get("from") ?? "outside", query.get("to") ?? ""));
        } catch (error) {
          if (!(error instanceof QuestionError)) throw error;
          return json({ error: error.message }, 400);
        }
      },
    ],
  ]);
}

/** What clients may make the agent do. */
export function agentOrders({ dumper, log }: Pick<PageSources, "dumper" | "log">): ReadonlyMap<string, LocalOrder> {
  return new Map<string, LocalOrder>([
    [
      // Like kube-proxy's /debug/flags/v.
      "/loglevel",
      async (text) => {
        if (!/^\d{1,3}$/.test(text.trim())) return plainText(400, "the level must be a number, such as 2\n");
        log.verbosity = Number(text);
        log.info({ level: log.verbosity }, "the level of the log has changed");
        return plainText(200, `the level of the log is ${log.verbosity}\n`);
      },
    ],
    ["/dump", async () => json({ file: await dumper.write() })],
  ]);
}

/** Names as Kubernetes allows them, because they become part of URLs at the API server. */
function isObjectKey(text: string): text is ObjectKey {
  return /^[a-z0-9][-a-z0-9.]{0,252}\/[a-z0-9][-a-z0-9.]{0,252}$/.test(text);
}
