import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { networkTest } from "../cli/network.ts";
import { kubeNFT } from "../cli/program.ts";
import { root } from "../golden/fixture.ts";

const read = (file: string) => readFileSync(`${root}/${file}`, "utf8");

const files = ["README.md", "DESIGN.md", "CONTRIBUTING.md", "SECURITY.md"].concat(
  readdirSync(`${root}/docs`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
);

/** Commands of kube-nft in texts: `kube-nft diff -f DIR`. Those of the plugin have options of their own. */
function commandsIn(text: string): readonly { readonly command: string; readonly flags: readonly string[] }[] {
  const joined = text.replaceAll("\\\n", " ");
  const found = joined.matchAll(
    /(?<!kubectl )\b(?:kube-nft|dist\/cli\.js|kube-nft --) (?!-)([a-z]+)((?: [^\s`|>#&;)]+)*)/g,
  );
  return Array.from(found, ([, command = "", args = ""]) => ({
    command,
    flags: args.match(/(?<=\s)--?[a-zA-Z][\w-]*/g) ?? [],
  })).filter(({ flags }) => flags.length > 0);
}

test.each(files.map((file) => ({ file })))("the commands in $file are understood", async ({ file }) => {
  for (const { command, flags } of commandsIn(read(file))) {
    const { stdout, exitCode } = await kubeNFT([command, "--help"]);
    expect({ command, exitCode }).toEqual({ command, exitCode: 0 });
    const known = Array.from(stdout.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)?/gm), ([, short, long]) => [
      short,
      long,
    ]).flat();
    const unknown = flags.filter((flag) => !known.includes(flag));
    expect({ command, unknown }).toEqual({ command, unknown: [] });
  }
});

test.each(files.map((file) => ({ file })))("the files and headings that $file leads to are there", ({ file }) => {
  const folder = file.includes("/") ? "docs/" : "";
  const links = [...read(file).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
  const missing = links.filter(([, path = "", anchor]) => {
    const target = path === "" ? file : new URL(path, `file:///${folder}`).pathname.slice(1);
    if (!existsSync(`${root}/${target}`)) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(missing.map(([link]) => link)).toEqual([]);
});

function anchorsOf(file: string): readonly string[] {
  return Array.from(read(file).matchAll(/^#+ (.*)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
}

test("each block of commands in README.md is run, or says why not", () => {
  const blocks = [...read("README.md").matchAll(/^(.*)\n```(sh|console)\n/gm)];
  const unexplained = blocks.filter(([, before = "", kind]) => kind === "sh" && !/^<!-- not run: .+ -->$/.test(before));
  expect(unexplained.map(([text]) => text)).toEqual([]);
  expect(blocks.filter(([, , kind]) => kind === "console").length).toBeGreaterThan(3);
});

const shown = /^```console\n([\s\S]*?)^```$/gm;

networkTest("README.md shows what its commands print", async (network) => {
  let text = read("README.md");
  for (const [block, body = ""] of text.matchAll(shown)) {
    let fresh = "";
    for (const [, command = ""] of body.matchAll(/^\$ (.*)$/gm)) {
      const script = `program=("$@"); npx() { shift; "\${program[@]}" "$@"; }; exec 2>&1; ${command}`;
      const { stdout } = await network.kubeNFT([], { through: ["bash", "-c", script, "bash"] });
      fresh += `$ ${command}\n${stdout}`;
    }
    text = text.replace(block, () => `\`\`\`console\n${fresh}\`\`\``);
  }
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(`${root}/README.md`, text);
  expect(read("README.md")).toBe(text);
});
