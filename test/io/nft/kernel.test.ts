import { expect } from "@jest/globals";
import { Refusal } from "../../../src/daemon/table/kernel.ts";
import { nftKernel } from "../../../src/io/nft/kernel.ts";
import type { Chain, Element, NamedSet } from "../../../src/nft/ruleset.ts";
import type { Command } from "../../../src/nft/transaction.ts";
import { kernelTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

const set: NamedSet = { name: "services", key: [{ kind: "daddr" }], value: "verdict", elements: [] };
const plain: Chain = { name: "plain", rules: [] };
/** To which the kernel lets nothing lead. */
const base: Chain = { name: "base", hook: { type: "filter", hook: "input", priority: 0 }, rules: [] };

kernelTest("a refusal names those whose elements are refused, in short", async (nft) => {
  const namespace = await NetNamespace.start();
  const refusals = namespace.withPrograms([nft], async () => {
    const kernel = nftKernel(() => {});
    const elements = Array.from(
      { length: 2000 },
      (_, index): Element => ({
        key: [`10.96.${index >> 8}.${index & 255}`],
        value: { kind: "goto", chain: index % 1000 === 7 ? base.name : plain.name },
        owner: `default/web-${index}`,
      }),
    );
    const commands: readonly Command[] = [
      { kind: "addTable" },
      { kind: "addChain", chain: plain },
      { kind: "addChain", chain: base },
      { kind: "addSet", set },
      { kind: "addElements", set, elements },
    ];
    const apply = (byOwner: boolean) =>
      kernel.apply({ family: "ip", commands }, { byOwner }).catch((error: unknown) => error);
    return [await apply(true), await apply(false)];
  });
  const [refusal, short] = await refusals.finally(() => namespace.close());
  if (!(refusal instanceof Refusal)) throw refusal;
  const found = [...refusal.servicePorts.keys()].sort();
  const refused = ["default/web-1007", "default/web-7"];
  // nft 1.1 puts many elements into one message; where the kernel refuses two such messages, nft cannot read why.
  if (nft.includes("debian-13")) expect(refused).toEqual(expect.arrayContaining(found));
  else expect(found).toEqual(refused);
  for (const reason of refusal.servicePorts.values()) expect(reason.length).toBeLessThan(300);
  expect(String(short).length).toBeLessThan(600);
  expect(short).toMatchObject({ name: "Refusal", servicePorts: new Map() });
});
