import { attribute, headerLength, type Message, textOf, uint32Of } from "./message.ts";
import { request } from "./request.ts";

/** A chain of any program's table. */
export type AnyChain = {
  /** nft's name of it: `ip`, `inet`. */
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** The hook at which the kernel enters it, if any. */
  readonly hook: string | undefined;
  /** Whether it drops packets that its rules do not decide. */
  readonly drops: boolean;
  /** The number of rules of a chain with a hook; for others, it includes jumps to the chain. */
  readonly uses: number;
};

/** A request for the chains of all tables, including iptables-nft's. */
export function allChainsRequest(): Uint8Array {
  return request("nftables", getChain, "dump", "any", []);
}

export function anyChainOf({ view, start, end }: Message): AnyChain {
  const own = { start, end };
  const number = view.getUint8(start - headerLength + familyOffset);
  const hook = attribute(view, own, chainHook);
  const hookNumber = hook && uint32Of(view, attribute(view, hook, hookNumberAttribute));
  return {
    family: families.get(number) ?? String(number),
    table: textOf(view, attribute(view, own, tableAttribute)),
    name: textOf(view, attribute(view, own, chainName)),
    hook: hookNumber === undefined ? undefined : hooks[hookNumber],
    drops: hook !== undefined && uint32Of(view, attribute(view, own, chainPolicy)) === drop,
    uses: uint32Of(view, attribute(view, own, chainUse)) ?? 0,
  };
}

const getChain = 4;

/** The length of struct nlmsghdr and struct nfgenmsg together. */
const familyOffset = 16;
const families: ReadonlyMap<number, string> = new Map([
  [1, "inet"],
  [2, "ip"],
  [3, "arp"],
  [5, "netdev"],
  [7, "bridge"],
  [10, "ip6"],
]);

const tableAttribute = 1;
const chainName = 3;
const chainHook = 4;
const hookNumberAttribute = 1;
const chainPolicy = 5;
/** NF_DROP */
const drop = 0;
const chainUse = 6;
const hooks = ["prerouting", "input", "forward", "output", "postrouting"] as const;
