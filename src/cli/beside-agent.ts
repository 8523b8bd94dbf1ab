import { isAgentHere } from "../io/http/agent-socket.ts";

/** Rejects where an agent runs: it puts its tables right as soon as somebody else changes them. */
export async function refuseBesideAgent(): Promise<void> {
  if (!(await isAgentHere())) return;
  throw new Error("an agent runs here and would undo this; nothing was changed. Use --force to proceed");
}
