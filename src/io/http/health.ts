import type { HealthAnswer, HealthPage } from "../../daemon/health.ts";
import { type Answer, pathOf, send, sendNotFound } from "./http.ts";

/** The pages `/healthz` and `/livez`, for any method. `onAnswer` is told of each answer. */
export function healthPages(
  health: { answer(page: HealthPage): HealthAnswer },
  onAnswer: (page: HealthPage, code: number) => void,
): Answer {
  return (request, response) => {
    const page = pages.get(pathOf(request));
    if (page === undefined) return sendNotFound(response);
    const { code, body } = health.answer(page);
    onAnswer(page, code);
    send(response, code, "application/json", JSON.stringify(body));
  };
}

const pages: ReadonlyMap<string, HealthPage> = new Map([
  ["/healthz", "healthz"],
  ["/livez", "livez"],
]);
