import { load } from "js-yaml";
import { readDeploy } from "./manifests.ts";

export type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<"summary" | "action" | "runbook", string>>;
};

export type Panel = {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
};

/** What Prometheus reads of the PrometheusRule, and its alerts. */
export const rules = (
  load(readDeploy("monitoring/prometheus-rule.yaml")) as {
    readonly spec: { readonly groups: readonly { readonly rules: readonly Alert[] }[] };
  }
).spec;
export const alerts = rules.groups.flatMap((group) => group.rules);

export const panels: readonly Panel[] = JSON.parse(readDeploy("monitoring/dashboard.json")).panels;

/** Queries of Prometheus, with the labels that texts about their results name. */
export const queries: readonly { readonly of: string; readonly expr: string; readonly told: readonly string[] }[] = [
  ...alerts.map(({ alert, expr, annotations }) => ({
    of: alert,
    expr,
    told: found(/\$labels\.(\w+)/g, Object.values(annotations).join()),
  })),
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({
      of: title,
      expr: expr.replaceAll("$node", ".*").replaceAll("$__rate_interval", "5m"),
      told: found(/\{\{(\w+)\}\}/g, legendFormat),
    })),
  ),
];

/** What the queries name that a page of metrics does not have: metrics, labels, values of labels. */
export function missingIn(page: string): readonly string[] {
  return queries.flatMap(({ of, expr, told }) => {
    const names = metricsOf(expr).filter((name) => name !== "up");
    const has = (name: string, label: string) => new RegExp(`^${name}\\{(?:.*,)?${label}="`, "m").test(page);
    // Not each problem of Services is there at once: the line about the metric lists them.
    const hasValue = (name: string, label: string, value: string) =>
      new RegExp(`^${name}\\{(?:.*,)?${label}="${value}"|^# HELP ${name} .*\\b${value}\\b`, "m").test(page);
    const missing = names.filter((name) => !new RegExp(`^${name}[{ ]`, "m").test(page));
    for (const [, name = "", matchers = ""] of expr.matchAll(selector)) {
      if (name === "up") continue;
      for (const [, label = "", operator, value = ""] of matchers.matchAll(/(\w+)\s*(=~|!=|!~|=)\s*"([^"]*)"/g)) {
        if (ofTarget.has(label)) continue;
        const isThere = operator === "=" ? hasValue(name, label, value) : has(name, label);
        if (!isThere) missing.push(`${name}{${label}="${value}"}`);
      }
    }
    const grouped = found(/\b(?:by|without) \(([^)]*)\)/g, expr).flatMap((list) => list.split(/,\s*/));
    for (const label of [...grouped, ...told]) {
      if (!ofTarget.has(label) && !names.some((name) => has(name, label))) missing.push(`label ${label}`);
    }
    return missing.map((each) => `${of}: ${each}`);
  });
}

/** A metric with what is in braces behind it. */
const selector = /([a-zA-Z_]\w*)\{([^}]*)\}/g;

/** Labels that the PodMonitor gives each series. */
const ofTarget = new Set(["job", "node"]);

const keywords = new Set(["and", "or", "unless", "by", "without"]);

/** Every word that is neither a function, nor a keyword, nor in braces, brackets or a list of labels. */
function metricsOf(expr: string): readonly string[] {
  const bare = expr.replaceAll(/\{[^}]*\}|\[[^\]]*\]|\b(?:by|without) \([^)]*\)/g, " ");
  return found(/\b([a-zA-Z_]\w*)\b(?!\s*\()/g, bare).filter((word) => !keywords.has(word));
}

function found(pattern: RegExp, text: string): string[] {
  return Array.from(text.matchAll(pattern), ([, first = ""]) => first);
}
