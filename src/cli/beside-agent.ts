import { isAgentHere } from "../io/http/agent-socket.ts";

/** Rejects if an agent is running: it reverts what others change in its tables. */
export async function refuseBesideAgent(): Promise<void> {
  if (!(await isAgentHere())) return;
  throw new Error("an agent runs here and would undo this; nothing was changed. Use --force to proceed");
}
