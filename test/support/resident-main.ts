// Run by Resident, with the built program as its argument: runs it with the arguments, folder and input of each line of
// JSON that it receives, and answers with the output and exit code.
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { captured, print } from "./captured.ts";
import { jsonLine } from "./json-line.ts";

const [node = "", , program = ""] = process.argv;
let runs = 0;
for await (const line of createInterface(process.stdin)) {
  const { args, folder, input } = JSON.parse(line);
  process.argv = [node, program, ...args];
  process.chdir(folder);
  Object.defineProperty(process, "stdin", { configurable: true, value: Readable.from([Buffer.from(input)]) });
  runs += 1;
  // Under another name each time, its first module runs again; the modules that it imports stay loaded.
  print(jsonLine(await captured(() => import(`${pathToFileURL(program)}?${runs}`))));
}
process.exit();
