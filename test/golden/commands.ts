/**
 * Runs the command of each fixture, one after another in this process, and prints as JSON what each wrote. To be run
 * from the folder of the repository.
 */
import { main } from "../../src/cli/program.ts";
import { type Captured, captured, print } from "../support/captured.ts";
import { fixtureNames, heading } from "./fixture.ts";

const ran: Record<string, Captured> = {};
for (const fixture of fixtureNames) ran[fixture] = await captured(() => main(heading(fixture).args));
print(JSON.stringify(ran));
