// Run by Resident on the node, with the built program as its argument: runs it with each list of arguments that comes, a
// line each in JSON, and answers with what it wrote and its exit code.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { captured, print } from "../support/captured.ts";

const [node = "", , program = ""] = process.argv;
let runs = 0;
for await (const line of createInterface(process.stdin)) {
  process.argv = [node, program, ...JSON.parse(line)];
  runs += 1;
  // Under another name each time, its first module runs again; what that imports is there.
  print(`${JSON.stringify(await captured(() => import(`${pathToFileURL(program)}?${runs}`)))}\n`);
}
process.exit();
