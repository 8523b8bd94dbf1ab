import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import packageJSON from "../../package.json" with { type: "json" };
import { root } from "../golden/fixture.ts";
import { inShell, kubeNFT, run } from "./program.ts";

const commands = [
  "render",
  "check",
  "apply",
  "diff",
  "compare",
  "explain",
  "verify",
  "status",
  "cleanup",
  "run",
  "completion",
  "version",
];

test.concurrent("--help names the commands", async () => {
  const { stdout, stderr, exitCode } = await kubeNFT(["--help"]);
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} .*[A-Z]`, "m"));
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
});

describe("the help of a command says what it does and has examples of it", () => {
  test.concurrent.each(commands)("%s", async (command) => {
    const [{ stdout, exitCode }, again] = await Promise.all([kubeNFT([command, "--help"]), kubeNFT(["help", command])]);
    expect(stdout).toMatch(new RegExp(`\\nExamples:\\n(.*\\n)*.*kube-nft ${command}`));
    expect(exitCode).toBe(0);
    expect(again.stdout).toBe(stdout);
  });
});

test.concurrent("--help has the exit codes in one table", async () => {
  const { stdout } = await kubeNFT(["--help"]);
  expect(stdout).toMatch(/^Exit codes:\n {2}0 {2}\S.*\n(?: {5}\S.*\n)* {2}1 {2}\S.*\n(?: {5}\S.*\n)* {2}2 {2}\S/m);
});

test.concurrent("version prints what there is to know of this program, as text or JSON", async () => {
  const { version } = packageJSON;
  const { node } = process.versions;
  const platform = `${process.platform}/${process.arch}`;
  const text = `kube-nft ${version}, Node ${node}, ${platform}\n`;
  expect(await kubeNFT(["version"])).toEqual({ stdout: text, stderr: "", exitCode: 0 });
  const { stdout } = await kubeNFT(["version", "-o", "json"]);
  expect(JSON.parse(stdout)).toEqual({ version, node, platform });
});

describe("bash completes, by what completion prints,", () => {
  const script = `source <("$@" completion bash)
    complete -p kube-nft > /dev/null || exit 1
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _kube_nft; echo "\${COMPREPLY[@]}"`;
  test.concurrent.each<[string, RegExp]>([
    ["re", /^render$/],
    ["", /^run render .* completion version help --help --version$/],
    ["render --fam", /^--family$/],
    ["render --family ", /^ip ip6$/],
    ["render -f good.yaml --output j", /^json$/],
    ["apply --y", /^--yes$/],
    ["apply -f ", /^$/],
    ["completion ", /^bash zsh --help$/],
  ])("kube-nft %s", async (line, words) => {
    const quoted = ["kube-nft", ...line.split(" ")].map((word) => `'${word}'`).join(" ");
    const { stdout, stderr } = await inShell(`COMP_WORDS=(${quoted}); ${script}`, []);
    expect(stderr).toBe("");
    expect(stdout.trimEnd()).toMatch(words);
  });
});

test.concurrent("zsh gets the same, by its own way to run what is for bash", async () => {
  const [bash, zsh] = await Promise.all(["bash", "zsh"].map((shell) => kubeNFT(["completion", shell])));
  expect(zsh?.stdout).toMatch(/^autoload .*bashcompinit\n/m);
  expect(zsh?.stdout.endsWith(bash?.stdout ?? "?")).toBe(true);
});

test.concurrent("--version prints the version", async () => {
  expect(await kubeNFT(["--version"])).toEqual({ stdout: `${packageJSON.version}\n`, stderr: "", exitCode: 0 });
});

describe("an older Node reports the required version before it fails", () => {
  test.concurrent.each([...commands, "--help", ""])("kube-nft %s", async (command) => {
    const old = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })';
    const node = [process.execPath, "--import", `data:text/javascript,${encodeURIComponent(old)}`];
    expect(await run([...node, "src/cli/main.ts", ...(command === "" ? [] : [command])])).toEqual({
      stdout: "",
      stderr: "kube-nft: needs Node 22.19 or newer; this is 20.20.2\n",
      exitCode: 2,
    });
  });

  test("the version is that of package.json, and the program's first file imports nothing", () => {
    expect(packageJSON.engines.node).toBe(">=22.19");
    expect(readFileSync(`${root}/src/cli/main.ts`, "utf8")).not.toMatch(/^import /m);
  });
});

describe("an unknown argument is reported with a suggestion, and exits with code 2", () => {
  test.concurrent.each<[string, string]>([
    ["rendr -f web.yaml", "error: unknown command 'rendr'\n(Did you mean render?)\n"],
    ["render -f web.yaml --famly ip", "error: unknown option '--famly'\n(Did you mean --family?)\n"],
    ["render -f web.yaml --famly=ip", "error: unknown option '--famly'\n(Did you mean --family?)\n"],
    [
      "render -f web.yaml --family=ipv4",
      "error: option '--family <family>' argument 'ipv4' is invalid. Allowed choices are ip, ip6.\n",
    ],
    [
      "render -f web.yaml -o xml",
      "error: option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are nft, json, iptables, ip6tables.\n",
    ],
    ["render web.yaml", "error: too many arguments for 'render'. Expected 0 arguments but got 1: web.yaml.\n"],
    ["apply -f a.yaml b.yaml", "error: too many arguments for 'apply'. Expected 0 arguments but got 1: b.yaml.\n"],
    ["render -f", "error: option '-f, --filename <path>' argument missing\n"],
    [
      "render",
      "error: nothing to compile; use -f FILE, or --kubeconfig, --context or KUBECONFIG to read a live cluster\n",
    ],
    ["render -f web.yaml --context prod", "error: use either -f, or --kubeconfig and --context\n"],
    ["apply", "error: nothing to compile; use -f FILE\n"],
    ["apply --kubeconfig file", "error: unknown option '--kubeconfig'\n"],
    [
      "run --cluster-cdir=10.244.0.0/16 --masquerade-all",
      "error: unknown option '--cluster-cdir'\n(Did you mean --cluster-cidr?)\n",
    ],
    ["run -v debug", '--v: "debug" is not a whole number, such as 2\nkube-nft: the flags cannot be used\n'],
    ["cleanup everything", "error: too many arguments for 'cleanup'. Expected 0 arguments but got 1: everything.\n"],
  ])("kube-nft %s", async (line, words) => {
    expect(await kubeNFT(line.split(" "))).toEqual({ stdout: "", stderr: words, exitCode: 2 });
  });
});

test.concurrent("without a command the help is on stderr", async () => {
  const { stdout, stderr, exitCode } = await kubeNFT([]);
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
  expect(stderr).toContain("Usage: kube-nft");
});
