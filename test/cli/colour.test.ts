import { expect, test } from "@jest/globals";
import { root } from "../golden/fixture.ts";
import { kubeNFT, run, terminal } from "./program.ts";

const doctor = ["doctor", "-f", "fixtures/endpoints-none.yaml"];
const red = "\u001b[31merror\u001b[39m: default/dns";
const plain = "  error: default/dns";

test.each([
  { name: "on a terminal it is", through: terminal, env: { TERM: "xterm" }, shown: red },
  { name: "not with NO_COLOR", through: terminal, env: { TERM: "xterm", NO_COLOR: "1" }, shown: plain },
  { name: "not on a terminal without colours", through: terminal, env: { TERM: "dumb" }, shown: plain },
  { name: "not elsewhere", through: [], env: { TERM: "xterm" }, shown: plain },
  { name: "elsewhere with FORCE_COLOR", through: [], env: { TERM: "xterm", FORCE_COLOR: "1" }, shown: red },
])("how bad it is is coloured: $name", async ({ through, env, shown }) => {
  // Node expects no colours of the terminals of CI.
  const { stdout } = await kubeNFT(doctor, { through: ["env", "-u", "CI", ...through], env });
  expect(stdout).toContain(shown);
});

test("what programs read is not coloured", async () => {
  const { stdout } = await kubeNFT([...doctor, "-o", "json"], { env: { FORCE_COLOR: "1" } });
  expect(JSON.parse(stdout).findings[0].severity).toBe("error");
});

const lines = [
  { paint: "severities", line: "warning: an error: is near", shown: "[yellow]warning[/]: an error: is near" },
  { paint: "severities", line: "    note: default/web", shown: "    [cyan]note[/]: default/web" },
  {
    paint: "severities",
    line: "agent       NOT HEALTHY, kube-nft",
    shown: "agent       [red]NOT HEALTHY[/], kube-nft",
  },
  { paint: "severities", line: "table ip    NOT up to date, the", shown: "table ip    [red]NOT up to date[/], the" },
  {
    paint: "changes",
    line: "a/b  + 10.0.0.5:1  - x  ~ y",
    shown: "a/b  [green]+[/] 10.0.0.5:1  [red]-[/] x  [yellow]~[/] y",
  },
  { paint: "subjects", line: "no Service  tcp from  x", shown: "[red]no Service[/]  tcp from  x" },
] as const;

test("of a line, only the words that matter are coloured", async () => {
  // Node takes FORCE_COLOR from the environment of its process, which is not Jest's to change.
  const code = `import * as paints from "${root}/src/cli/colour.ts";
    console.log(JSON.stringify(${JSON.stringify(lines)}.map(({ paint, line }) => paints[paint](line))));`;
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", code];
  const { stdout } = await run(node, { env: { FORCE_COLOR: "1" } });
  const names: Readonly<Record<string, string>> = { 31: "red", 32: "green", 33: "yellow", 36: "cyan", 39: "/" };
  const painted: readonly string[] = JSON.parse(stdout);
  const shown = painted.map((line) =>
    line
      .split("\u001b[")
      .map((part, index) => (index === 0 ? part : part.replace(/^(\d+)m/, (_, number) => `[${names[number]}]`)))
      .join(""),
  );
  expect(shown).toEqual(lines.map((each) => each.shown));
});
