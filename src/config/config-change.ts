import type { Config } from "./config.ts";

/** The fields that are only used at the start. */
const fixedFields = [
  "hostnameOverride",
  "healthzBindAddress",
  "metricsBindAddress",
  "clientConnection",
  "syncPeriod",
  "minSyncPeriod",
  "conntrack",
  "oomScoreAdj",
] as const satisfies readonly (keyof Config)[];

/** The configuration in force after its file has changed, and the changed fields that need a restart. */
export function configAfter(
  before: Config,
  next: Config,
): { readonly inForce: Config; readonly waiting: readonly (keyof Config)[] } {
  const waiting = fixedFields.filter((field) => JSON.stringify(next[field]) !== JSON.stringify(before[field]));
  const kept = Object.fromEntries(fixedFields.map((field) => [field, before[field]]));
  return { inForce: { ...next, ...kept }, waiting };
}
