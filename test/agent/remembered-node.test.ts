import { expect, test } from "@jest/globals";
import { RememberedNode } from "../../src/agent/remembered-node.ts";
import { decodeNode } from "../../src/decode/node.ts";
import { openLog } from "../../src/io/host/log.ts";
import type { PreviousNode } from "../../src/io/nft/previous-node.ts";
import { address } from "../../src/model/address.ts";
import type { Node } from "../../src/model/node.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";

function node(...addresses: readonly string[]): Node {
  const status = { addresses: addresses.map((each) => ({ type: "InternalIP", address: each })) };
  const { value } = decodeNode({ apiVersion: "v1", kind: "Node", metadata: { name: "node-1" }, status });
  if (value === undefined) throw new Error("no Node");
  return value;
}

const withoutAddress = (known: Node | undefined) => (known?.addresses.length ? [] : ["status.addresses"]);

function story(readPrevious: () => Promise<PreviousNode>) {
  const messages: string[] = [];
  const log = openLog(0, false, (line) => messages.push(JSON.parse(line).msg));
  const clock = new FakeClock();
  const remembered = new RememberedNode({ nodeName: "node-1", clock, log, readPrevious });
  const begun = () => {
    let isKnown = false;
    void remembered.untilKnown(withoutAddress, new AbortController().signal).then(() => {
      isKnown = true;
    });
    return async () => {
      await settle();
      return isKnown;
    };
  };
  return { remembered, clock, messages, begun };
}

const nothing = async () => ({ addresses: [], podCIDRs: [] });
const gone = "the Node is gone or incomplete; its last known state stays in force";
const waiting = "the Node is incomplete; waiting up to 30 s for it";
const fromTables = "the Node is incomplete; using what the tables in the kernel were compiled from";

test("a Node that says everything is not waited for", async () => {
  const { remembered, begun, messages } = story(nothing);
  remembered.tell(node("192.0.2.1"));
  expect(await begun()()).toBe(true);
  expect(messages).toEqual([]);
});

test("the tables in the kernel supply what the Node lacks", async () => {
  const previous = { addresses: [address("192.0.2.1")].filter((each) => each !== undefined), podCIDRs: [] };
  const { remembered, begun, messages } = story(async () => previous);
  expect(await begun()()).toBe(true);
  expect(remembered.node?.addresses).toEqual(["192.0.2.1"]);
  remembered.tell(node());
  expect(remembered.node?.addresses).toEqual(["192.0.2.1"]);
  remembered.tell(node("192.0.2.2"));
  expect(remembered.node?.addresses).toEqual(["192.0.2.2"]);
  expect(messages).toEqual([fromTables, "the Node is complete again"]);
});

test("a Node that comes within half a minute ends the wait", async () => {
  const { remembered, begun, messages } = story(nothing);
  remembered.tell(node());
  const isKnown = begun();
  expect(await isKnown()).toBe(false);
  remembered.tell(node());
  expect(await isKnown()).toBe(false);
  remembered.tell(node("192.0.2.1"));
  expect(await isKnown()).toBe(true);
  expect(messages).toEqual([waiting]);
});

test("after half a minute the wait ends, also if the tables cannot be read", async () => {
  const { remembered, begun, clock, messages } = story(async () => {
    throw new Error("no nft");
  });
  const isKnown = begun();
  expect(await isKnown()).toBe(false);
  await clock.advance();
  expect(clock.now()).toBe(30_000);
  expect(await isKnown()).toBe(true);
  expect(remembered.node).toBeUndefined();
  expect(messages).toEqual(["cannot read from the tables in the kernel what is missing from the Node", waiting]);
});

test("a Node's deletion and return are reported once each", () => {
  const { remembered, messages } = story(nothing);
  for (const told of [node("192.0.2.1"), undefined, node(), undefined, node("192.0.2.1"), node("192.0.2.2")])
    remembered.tell(told);
  expect(messages).toEqual([gone, "the Node is complete again"]);
});
