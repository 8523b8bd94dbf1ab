import type { HealthAnswer, HealthPage } from "../../daemon/health.ts";
import type { Answer } from "./http.ts";
import { notFound } from "./reply.ts";

/** The pages `/healthz` and `/livez`, for any method. `onAnswer` is called for each answer. */
export function healthPages(
  health: { answer(page: HealthPage): HealthAnswer },
  onAnswer: (page: HealthPage, code: number) => void,
): Answer {
  return ({ path }) => {
    const page = pages.get(path);
    if (page === undefined) return notFound;
    const { code, body } = health.answer(page);
    onAnswer(page, code);
    return { code, contentType: "application/json", body: JSON.stringify(body) };
  };
}

const pages: ReadonlyMap<string, HealthPage> = new Map([
  ["/healthz", "healthz"],
  ["/livez", "livez"],
]);
