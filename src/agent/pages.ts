import { QuestionError } from "../ask/packet-question.ts";
import type { Status } from "../ask/status/status.ts";
import { jsonList } from "../io/http/json-stream.ts";
import { json, type LocalPage } from "../io/http/local-pages.ts";
import { pageFiles } from "../io/http/page-files.ts";
import type { ObjectKey } from "../model/service.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Explainer } from "./explainer.ts";
import type { FrontendCounts } from "./frontend-counts.ts";
import { clusterHead, type ListingSources, listedCluster, listedRows } from "./listings.ts";

export type PageSources = ListingSources & {
  readonly status: () => Status;
  readonly chronicle: Pick<Chronicle, "rounds">;
  readonly explainer: Explainer;
  readonly counts: FrontendCounts;
};

/** What the agent answers to those who ask on this machine. The types of the answers are in src/ask. */
export function agentPages(sources: PageSources): ReadonlyMap<string, LocalPage> {
  const { status, chronicle, explainer, counts } = sources;
  return new Map<string, LocalPage>([
    ...pageFiles,
    ["/status.json", async () => json(status())],
    ["/rounds.json", async () => json(chronicle.rounds)],
    ["/services.json", async () => jsonList(listedRows(sources, await counts.latest()))],
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

/** As names in Kubernetes are: they become part of addresses at the API server. */
function isObjectKey(text: string): text is ObjectKey {
  return /^[a-z0-9][-a-z0-9.]{0,252}\/[a-z0-9][-a-z0-9.]{0,252}$/.test(text);
}
