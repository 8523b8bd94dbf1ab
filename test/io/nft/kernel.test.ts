import { expect } from "@jest/globals";
import { Refusal } from "../../../src/daemon/table/kernel.ts";
import { nftKernel } from "../../../src/io/nft/kernel.ts";
import type { Chain, Element, NamedSet, Verdict } from "../../../src/nft/ruleset.ts";
import type { Command } from "../../../src/nft/transaction.ts";
import { kernelTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

const set: NamedSet = { name: "services", key: [{ kind: "daddr" }], value: "verdict", elements: [] };
const plain: Chain = { name: "plain", rules: [] };
/** To which the kernel lets nothing lead. */
const base: Chain = { name: "base", hook: { type: "filter", hook: "input", priority: 0 }, rules: [] };

const to = (chain: Chain): Verdict => ({ kind: "goto", chain: chain.name });
/** What the kernel refuses, and what nft does without asking it. */
const refused = [
  ["the kernel refuses", to(base)],
  ["nft refuses", ["10.0.0.1"]],
] as const;

for (const [what, value] of refused) {
  kernelTest(`a refusal names all whose elements ${what}, in short`, async (nft) => {
    const namespace = await NetNamespace.start();
    const refusals = namespace.withPrograms([nft], async () => {
      const kernel = nftKernel();
      const elements = Array.from(
        { length: 2000 },
        (_, index): Element => ({
          key: [`10.96.${index >> 8}.${index & 255}`],
          value: index % 400 === 7 ? value : to(plain),
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
    const numbers = [...refusal.servicePorts.keys()].map((servicePort) => Number(servicePort.split("-")[1]));
    expect(numbers.sort((a, b) => a - b)).toEqual([7, 407, 807, 1207, 1607]);
    for (const reason of refusal.servicePorts.values()) expect(reason.length).toBeLessThan(300);
    expect(String(short).length).toBeLessThan(600);
    expect(short).toMatchObject({ name: "Refusal", servicePorts: new Map() });
  });
}
