import { setTimeout as sleep } from "node:timers/promises";
import { kubeProxyRules } from "../ask/migrate/kube-proxy-rules.ts";
import { kubeProxyMetrics } from "../io/http/kube-proxy-metrics.ts";
import { listTable } from "../io/nft/nft.ts";
import { families } from "../model/address.ts";
import { tableName } from "../nft/ruleset.ts";
import { say } from "./output.ts";

/** Resolves when kube-proxy has written its rules in the families that have ours. Rejects after ten minutes. */
export async function afterKubeProxy(): Promise<void> {
  const listed = await Promise.all(
    families.map(async (family) => ({ family, text: await listTable(family, tableName) })),
  );
  const wanted = listed.flatMap(({ family, text }) => (text === undefined ? [] : [family]));
  if (wanted.length === 0) return;
  const end = Date.now() + mostMs;
  say("waiting until kube-proxy has written its rules ...");
  for (;;) {
    const rules = kubeProxyRules(await kubeProxyMetrics(), wanted);
    if (rules === "some") await sleep(otherFamilyMs);
    if (rules !== "not yet") return;
    if (Date.now() > end) {
      throw new Error(
        "kube-proxy has not written its rules in ten minutes, as its metrics on port 10249 tell; nothing was deleted",
      );
    }
    await sleep(1000);
  }
}

const mostMs = 600_000;
const otherFamilyMs = 30_000;
