import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { longestPiece } from "../../../src/io/nft/nft.ts";
import { NftSession } from "../../../src/io/nft/session.ts";
import { eventually } from "../../support/eventually.ts";
import { kernelTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

const makeTable = "add table ip t\nadd map ip t m { type ipv4_addr : ipv4_addr; }\n";

/** Runs a session in a network namespace of its own. */
async function withSession(
  nft: string,
  body: (session: NftSession, namespace: NetNamespace) => Promise<void>,
  idleMs?: number,
) {
  const namespace = await NetNamespace.start();
  try {
    await namespace.withPrograms([nft], async () => {
      const session = new NftSession(undefined, idleMs);
      await body(session, namespace);
      session.end();
    });
  } finally {
    await namespace.close();
  }
}

async function elements(namespace: NetNamespace): Promise<readonly string[]> {
  const listing = await namespace.must(["nft", "list", "map", "ip", "t", "m"]);
  return [...listing.matchAll(/[\d.]+ : [\d.]+/g)].map(([element]) => element).sort();
}

kernelTest("a text is one transaction, and the next comes after it", (nft) =>
  withSession(nft, async (session, namespace) => {
    const texts = [
      makeTable,
      "add element ip t m { 10.0.0.1 : 10.1.0.1 }\n",
      "delete element ip t m { 10.0.0.1 }\nadd element ip t m { 10.0.0.1 : 10.1.0.2, 10.0.0.2 : 10.1.0.3 }\n",
    ];
    await Promise.all(texts.map((text) => session.apply(text)));
    expect(await elements(namespace)).toEqual(["10.0.0.1 : 10.1.0.2", "10.0.0.2 : 10.1.0.3"]);
  }),
);

kernelTest("what nft or the kernel refuses changes nothing, and does not end the session", (nft) =>
  withSession(nft, async (session, namespace) => {
    await session.apply(`${makeTable}add element ip t m { 10.0.0.1 : 10.1.0.1 }\n`);
    const refused = async (text: string) =>
      session.apply(`delete element ip t m { 10.0.0.1 }\n${text}\n`).catch(({ exitCode, message }) => ({
        exitCode,
        message,
      }));
    expect(await refused("add element ip t m { 10.0.0.1 : }")).toEqual({
      exitCode: 1,
      message: expect.stringMatching(/^nft failed: syntax error, .*: add element ip t m { 10.0.0.1 : }$/),
    });
    expect(await refused("delete element ip t m { 10.0.0.9 }")).toEqual({
      exitCode: 1,
      message: "nft failed: Could not process rule: No such file or directory: delete element ip t m { 10.0.0.9 }",
    });
    expect(await refused("add element ip t other { 10.0.0.1 }")).toMatchObject({ exitCode: 1 });
    await session.apply("add element ip t m { 10.0.0.2 : 10.1.0.2 }\n");
    expect(await elements(namespace)).toEqual(["10.0.0.1 : 10.1.0.1", "10.0.0.2 : 10.1.0.2"]);
  }),
);

kernelTest("it continues after many transactions, and when nft is killed", (nft) =>
  withSession(nft, async (session, namespace) => {
    await session.apply(makeTable);
    await session.apply("add element ip t m { 10.0.0.1 : 10.0.0.1 }\n");
    const change = (value: number) =>
      session.apply(
        `delete element ip t m { 10.0.0.1 }\nadd element ip t m { 10.0.0.1 : 10.1.${value >> 8}.${value & 255} }\n`,
      );
    for (let value = 1; value <= 1200; value++) await change(value);
    expect(await elements(namespace)).toEqual(["10.0.0.1 : 10.1.4.176"]);
    session.end();
    await change(7);
    expect(await elements(namespace)).toEqual(["10.0.0.1 : 10.1.0.7"]);
  }),
);

kernelTest("the longest text is accepted as a whole", (nft) =>
  withSession(nft, async (session, namespace) => {
    await session.apply(makeTable);
    const added: string[] = [];
    for (let index = 0; added.join(", ").length < longestPiece - 100; index++) {
      added.push(`10.0.${index >> 8}.${index & 255} : 10.1.0.1`);
    }
    await session.apply(`add element ip t m { ${added.join(", ")} }\n`);
    expect(await elements(namespace)).toHaveLength(added.length);
  }),
);

kernelTest("nft ends when there is nothing to do, and the next transaction starts another", (nft) =>
  withSession(
    nft,
    async (session, namespace) => {
      const before = children().length;
      await session.apply(makeTable);
      await session.apply("add element ip t m { 10.0.0.1 : 10.1.0.1 }\n");
      expect(children()).toHaveLength(before + 1);
      await eventually(async () => children().length, before);
      await session.apply("add element ip t m { 10.0.0.2 : 10.1.0.2 }\n");
      expect(await elements(namespace)).toEqual(["10.0.0.1 : 10.1.0.1", "10.0.0.2 : 10.1.0.2"]);
    },
    500,
  ),
);

function children(): readonly string[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ").filter(Boolean);
}

test("an nft that is missing, or exits, is an error with an unknown result", async () => {
  const failure = (program: string) => new NftSession([program]).apply("add table ip t\n").catch((error) => error);
  expect(await failure("/nowhere/nft")).toMatchObject({
    exitCode: undefined,
    message: expect.stringMatching("ENOENT"),
  });
  expect(await failure("true")).toMatchObject({ exitCode: undefined });
});
