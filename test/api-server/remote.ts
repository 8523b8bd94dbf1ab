import type { APIServer } from "./api-server.ts";

/** What can be called over a pipe. */
export const remoteMethods = [
  "accept",
  "all",
  "bookmark",
  "bookmarks",
  "bytesSent",
  "churned",
  "compact",
  "count",
  "cut",
  "delete",
  "disable",
  "enable",
  "endWatches",
  "fail",
  "forbid",
  "freeze",
  "get",
  "heal",
  "patch",
  "permit",
  "put",
  "refuse",
  "rotateToken",
  "send",
  "speakJSON",
  "startChurn",
  "stopChurn",
  "untilWatches",
  "watches",
  "writeKubeconfig",
  "writeServiceAccount",
] as const satisfies readonly (keyof APIServer)[];

export type RemoteMethod = (typeof remoteMethods)[number];

/** The process writes this line first. */
export type Ready = { readonly url: string; readonly token: string };

/** A line to the process. */
export type Call = { readonly id: number; readonly method: RemoteMethod; readonly args: readonly unknown[] };

/** The answer to a call: one of result and error, and when it was done. */
export type Reply = {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
  /** `process.hrtime.bigint()`, which all processes of a machine share. */
  readonly at: string;
};
