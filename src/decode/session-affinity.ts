import * as z from "zod";
import type { ClientIPAffinity } from "../model/service.ts";
import { isNot, part, type Report, scalar, Unchecked } from "./part.ts";

const SessionAffinity = z.enum(["None", "ClientIP"]);

const SessionAffinityConfig = z.object({
  clientIP: z.object({ timeoutSeconds: Unchecked }).nullish(),
});

const TimeoutSeconds = scalar(isNot("a number of seconds (1 to 86400)"), (value) =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 86400 ? value : undefined,
);

/** The API server's default: three hours. */
const defaultTimeoutSeconds = 10800;

export function readSessionAffinity(
  spec: { readonly sessionAffinity?: unknown; readonly sessionAffinityConfig?: unknown },
  report: Report,
): ClientIPAffinity | undefined {
  const affinity = part(SessionAffinity, spec.sessionAffinity || undefined, {
    field: "spec.sessionAffinity",
    otherwise: "it is treated as None",
    report,
  });
  if (affinity !== "ClientIP") return undefined;
  const field = "spec.sessionAffinityConfig";
  const otherwise = `the timeout is ${defaultTimeoutSeconds} seconds`;
  const config = part(SessionAffinityConfig, spec.sessionAffinityConfig, { field, otherwise, report });
  const timeout = { field: `${field}.clientIP.timeoutSeconds`, otherwise, report };
  return { timeoutSeconds: part(TimeoutSeconds, config?.clientIP?.timeoutSeconds, timeout) ?? defaultTimeoutSeconds };
}
