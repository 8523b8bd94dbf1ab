import type { RecentRound } from "../ask/status/status.ts";
import { roundText } from "../ask/status/status-lines.ts";
import { ask } from "./data.ts";
import { element, show } from "./dom.ts";

/** The changes of the recent rounds, newest first. */
export function rounds(view: HTMLElement): () => Promise<void> {
  let shown = "";
  return async () => {
    const all = await ask<readonly RecentRound[]>("rounds.json");
    const text = JSON.stringify(all);
    if (text === shown) return;
    shown = text;
    const none = element("p", { class: "dim" }, "There has been no round yet.");
    show(view, element("h1", {}, "Recent rounds"), all.length === 0 ? none : all.map(roundPart));
  };
}

function roundPart(round: RecentRound): HTMLElement {
  const { began, family, failure, drift, changes, moreServices } = round;
  const more = moreServices > 0 ? [`and ${moreServices} more Services`] : [];
  return element(
    "div",
    { class: "round" },
    element(
      "p",
      {},
      element("strong", {}, new Date(began).toLocaleTimeString()),
      ` table ${family}: ${roundText(round)}`,
    ),
    failure === undefined ? undefined : element("p", { class: "bad" }, `failed: ${failure}`),
    drift === undefined
      ? undefined
      : element("p", { class: "warn" }, `repaired what ${drift.program} (pid ${drift.pid}) had changed`),
    changes.length + more.length === 0 ? undefined : element("pre", {}, [...changes, ...more].join("\n")),
  );
}
