import { knownColumns } from "../ask/columns.ts";
import type { EndpointExplanation, PortExplanation, ServiceExplanation } from "../ask/service/explanation.ts";
import {
  endpointColumns,
  factLines,
  frontendHeadings,
  frontendRows,
  sourceLines,
} from "../ask/service/explanation-lines.ts";
import { inOrder } from "../ask/service/finding-lines.ts";
import { type ServiceAnswer, whyUnexplained } from "../ask/service/no-explanation.ts";
import { familyName } from "../model/address.ts";
import { ask } from "./data.ts";
import { type Content, element, show } from "./dom.ts";
import { longTable, table } from "./table.ts";

/** What this node does with a Service, and why each endpoint is used or not, like `kube-nft explain`. */
export function service(view: HTMLElement, name: string): () => Promise<void> {
  let shown = "";
  return async () => {
    const answer = await ask<ServiceAnswer>(`explain.json?service=${encodeURIComponent(name)}`);
    const text = JSON.stringify(answer);
    // An unchanged answer leaves the scroll position and the selection alone.
    if (text === shown) return;
    shown = text;
    if (answer.kind === "explained") explain(view, answer.explanation);
    else show(view, element("h1", {}, name), element("p", {}, whyUnexplained(keyOf(name), answer)));
  };
}

function keyOf(name: string): `${string}/${string}` {
  const [namespace = "", own = ""] = name.split("/");
  return `${namespace}/${own}`;
}

function explain(view: HTMLElement, explained: ServiceExplanation): void {
  show(
    view,
    element("h1", {}, explained.service),
    inOrder(explained.findings).map(({ severity, subject, evidence, consequence, remedy }) =>
      element(
        "div",
        { class: `card ${severity}` },
        element("p", {}, `${severity}: ${subject} ${evidence}`),
        element("p", {}, `So ${consequence}.`),
        element("p", { class: "dim" }, `To do: ${remedy}.`),
      ),
    ),
    explained.problems.map((problem) => element("div", { class: "card warning" }, element("p", {}, problem))),
    element("p", {}, `Type ${explained.type}; ${factLines(explained).join("; ")}.`),
  );
  // Long tables measure themselves, so they are added after their container.
  for (const port of explained.ports) portParts(view, port);
}

function portParts(view: HTMLElement, { name, port, protocol, family, frontends, endpoints }: PortExplanation): void {
  const label = `${name === "" ? "Port" : `Port ${name}`} ${port}/${protocol}, ${familyName(family)}`;
  view.append(element("h2", {}, label), table(frontendHeadings, frontends.flatMap(frontendRows)));
  view.append(...frontends.flatMap(sourceLines).map((line) => element("p", {}, `${line}.`)));
  if (endpoints.length === 0) {
    view.append(element("p", { class: "dim" }, "No endpoints."));
    return;
  }
  const columns = knownColumns(endpointColumns, endpoints);
  const headings = columns.map(([heading]) => heading);
  const cells = (each: EndpointExplanation): readonly Content[] =>
    columns.map(([, cell]) => element("span", { class: each.isUsed ? "" : "dim" }, cell(each) ?? "–"));
  if (endpoints.length <= mostInFull) {
    view.append(table(headings, endpoints.map(cells)));
    return;
  }
  const long = longTable(headings, headings.map(() => "minmax(6rem, 1fr)").join(" "), cells);
  view.append(long.element);
  long.show(endpoints);
}

const mostInFull = 200;
