import { readFileSync } from "node:fs";
import * as z from "zod";
import { root } from "../golden/fixture.ts";

/** The schema of what commands print with `-o json`. */
export const schemaFile = `${root}/src/cli/output.schema.json`;

/** The value that a command printed. Throws where the schema file says otherwise. */
export function conforming(command: string, json: string): unknown {
  const { $defs } = JSON.parse(readFileSync(schemaFile, "utf8"));
  const schema = $defs[command];
  if (schema === undefined) throw new Error(`the schema has no ${command}`);
  return z.fromJSONSchema({ ...schema, $defs }).parse(JSON.parse(json));
}
