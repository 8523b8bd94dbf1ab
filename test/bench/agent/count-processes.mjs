// Imported by the agent that is measured: keeps it in a file how many processes it has started.
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";

let started = 0;
subscribe("child_process", () => {
  started += 1;
  writeFileSync(process.env.PROCESSES_STARTED, String(started));
});
