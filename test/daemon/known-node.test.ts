import { expect, test } from "@jest/globals";
import { knownNode } from "../../src/daemon/known-node.ts";
import { decodeNode } from "../../src/decode/node.ts";
import type { Node } from "../../src/model/node.ts";

/** `addresses | networks of pods | zone` */
function node(text: string): Node | undefined {
  if (text === "none") return undefined;
  const [addresses = "", podCIDRs = "", zone = ""] = text.split("|").map((part) => part.trim());
  const list = (part: string) => part.split(" ").filter((each) => each !== "");
  return decodeNode({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node-1", labels: { "topology.kubernetes.io/zone": zone } },
    spec: { podCIDRs: list(podCIDRs) },
    status: { addresses: list(addresses).map((address) => ({ type: "InternalIP", address })) },
  }).value;
}

test.each([
  ["a Node is all that is known", "none", "192.0.2.1 | 10.1.0.0/24 | a", "192.0.2.1 | 10.1.0.0/24 | a"],
  ["one that is gone stays known", "192.0.2.1 | 10.1.0.0/24 | a", "none", "192.0.2.1 | 10.1.0.0/24 | a"],
  ["one that comes back bare says nothing", "192.0.2.1 | 10.1.0.0/24 | a", "", "192.0.2.1 | 10.1.0.0/24 | a"],
  ["its zone may come first", "192.0.2.1 | 10.1.0.0/24 | a", "| | b", "192.0.2.1 | 10.1.0.0/24 | b"],
  ["its networks may come last", "192.0.2.1 | 10.1.0.0/24 | a", "192.0.2.1 | | a", "192.0.2.1 | 10.1.0.0/24 | a"],
  ["other addresses replace all", "192.0.2.1 2001:db8::1 | |", "192.0.2.2 | |", "192.0.2.2 | |"],
  [
    "other networks replace all",
    "192.0.2.1 | 10.1.0.0/24 fd00::/64 |",
    "192.0.2.1 | 10.2.0.0/24 |",
    "192.0.2.1 | 10.2.0.0/24 |",
  ],
  ["a zone is taken away", "192.0.2.1 | 10.1.0.0/24 | a", "192.0.2.1 | 10.1.0.0/24 |", "192.0.2.1 | 10.1.0.0/24 |"],
  ["nothing is known", "none", "none", "none"],
])("%s", (_, known, told, expected) => {
  expect(knownNode(node(known), node(told))).toEqual(node(expected));
});

test("taints and the deletion are those of the current Node", () => {
  const before = node("192.0.2.1 | |");
  const after = node("");
  if (!before || !after) throw new Error("no Node");
  const tainted = { ...before, taints: ["a"], isBeingDeleted: true };
  expect(knownNode(tainted, after)).toMatchObject({ taints: [], isBeingDeleted: false });
});
