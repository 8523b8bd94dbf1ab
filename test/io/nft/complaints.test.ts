import { execFile } from "node:child_process";
import { expect, test } from "@jest/globals";
import { complaintsIn, summary } from "../../../src/io/nft/complaints.ts";
import { kernelTest } from "../../support/kernel-test.ts";

const input = `add table ip t
add set ip t s { type ipv4_addr; }
add element ip t s { 10.0.0.1, 10.0.0.2 }
delete element ip t s { ${Array.from({ length: 40 }, (_, index) => `10.0.1.${index}`).join(", ")} }
add rule ip t nowhere accept
delete element ip t s { 10.0.0.8 }
`;

/** What nft writes about an input. */
function said(nft: string, args: readonly string[], text: string): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile("unshare", ["-n", nft, ...args], { env: { HOME: "/dev/null" } }, (_, __, stderr) =>
      resolve(stderr),
    );
    child.stdin?.end(text);
  });
}

const missing = "Could not process rule: No such file or directory";

kernelTest("each refused command is reported, with its line", async (nft) => {
  const complaints = complaintsIn(await said(nft, ["-f", "-"], input));
  expect(complaints).toEqual([
    { line: 4, reason: missing, command: expect.stringMatching(/^delete element ip t s \{ 10\.0\.1\.0, .*…$/) },
    { line: 5, reason: missing, command: "add rule ip t nowhere accept" },
    { line: 6, reason: missing, command: "delete element ip t s { 10.0.0.8 }" },
  ]);
  const alone = complaintsIn(await said(nft, ["-i"], `${input.trim().replaceAll("\n", "; ")}\n`));
  expect(alone).toEqual(complaints.map((complaint) => ({ ...complaint, line: undefined })));
});

kernelTest("a long list of complaints is one short line", async (nft) => {
  const lines = Array.from(
    { length: 1000 },
    (_, index) => `delete element ip t s { 10.${index >> 8}.${index & 255}.1 }\n`,
  );
  const text = `add table ip t\nadd set ip t s { type ipv4_addr; }\nadd rule ip t nowhere accept\n${lines.join("")}`;
  expect(summary(await said(nft, ["-f", "-"], text))).toBe(`${missing}: add rule ip t nowhere accept (and 1000 more)`);
});

test("the mark is shown even far from the beginning, and other output is cut", () => {
  const far = `add element ip t s { ${"10.0.0.1, ".repeat(50)}70000 }`;
  const marks = `${" ".repeat(far.length - 7)}^^^^^`;
  expect(complaintsIn(`/dev/stdin:1:2-3: Error: too large\n${far}\n${marks}\n`)).toEqual([
    { line: 1, reason: "too large", command: expect.stringMatching(/^add element ip t s .{70,90}… 70000$/) },
  ]);
  expect(summary("netlink: Error: cache initialization failed: Operation not permitted\n")).toBe(
    "cache initialization failed: Operation not permitted",
  );
  expect(summary(`nft: out of order\n${"x".repeat(9999)}`)).toHaveLength(501);
});
