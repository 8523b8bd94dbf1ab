import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { kubeNFT } from "../cli/program.ts";
import { root } from "../golden/fixture.ts";

const guide = readFileSync(`${root}/docs/migration.md`, "utf8").replaceAll("\\\n", "");

test("the files that the guide names exist", () => {
  const files = guide.match(/\b(?:deploy\/[\w./-]*\w|DESIGN\.md|Dockerfile)/g) ?? [];
  expect(files.filter((file) => !existsSync(`${root}/${file}`))).toEqual([]);
  expect(files).toContain("deploy/node-by-node");
});

const commands = [...guide.matchAll(/dist\/cli\.js ([a-z]+)([^`\n>]*)/g)].map(([, command = "", args = ""]) => ({
  command,
  flags: args.match(/(?<=\s)--?[\w-]*\w/g) ?? [],
}));

test.each(commands)("the guide's command $command $flags is understood", async ({ command, flags }) => {
  const { stdout, exitCode } = await kubeNFT([command, "--help"]);
  expect(exitCode).toBe(0);
  const known = [...stdout.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short, long]) => [short, long]);
  expect(known).toEqual(expect.arrayContaining([...flags]));
});

const timestamp = (family: string) =>
  `kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="${family}"} 1.7e+09\n`;

test("the way back waits for kube-proxy, and for its rules in each family", async () => {
  const [, script = ""] = /node -e '(.*?)' IPv4 IPv6/s.exec(guide) ?? [];
  const both = timestamp("IPv4") + timestamp("IPv6");
  const pages = [
    `kube_nft_build_info{version="0.1.0"} 1\n${both}`,
    "process_cpu_seconds_total 1\n",
    timestamp("IPv4"),
    both,
  ];
  const asked: string[] = [];
  const server = createServer((_, response) => {
    const page = pages[asked.length] ?? "";
    asked.push(page);
    response.end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const quick = script.replace("127.0.0.1:10249", `127.0.0.1:${port}`).replace("1000", "1");
  const { stdout } = await execa(process.execPath, ["-e", quick, "IPv4", "IPv6"]);
  server.close();
  expect(stdout).toBe("kube-proxy has written its rules");
  expect(asked).toEqual(pages);
});
