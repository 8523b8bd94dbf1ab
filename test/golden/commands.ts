/**
 * Runs the command of each fixture, and of some for iptables, one after another in this process, and prints their output as
 * JSON. Has to run in the folder of the repository.
 */
import { main } from "../../src/cli/program.ts";
import { type Captured, captured, print } from "../support/captured.ts";
import { fixtureNames, heading } from "./fixture.ts";
import { iptablesCases } from "./iptables.ts";

const ran: Record<string, Captured> = {};
for (const fixture of fixtureNames) ran[fixture] = await captured(() => main(heading(fixture).args));
for (const { fixture, output } of iptablesCases)
  ran[`${fixture}.${output}`] = await captured(() => main([...heading(fixture).args, "-o", output]));
print(JSON.stringify(ran));
