import { attribute, headerLength, type Message, textOf, uint32Of } from "./message.ts";
import { request } from "./request.ts";

/** A chain of anybody's table. */
export type AnyChain = {
  /** nft's name of it: `ip`, `inet`. */
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** Where the kernel enters it, if it does by itself. */
  readonly hook: string | undefined;
  /** Whether it drops what its rules let pass. */
  readonly drops: boolean;
  /** Rules of a chain with a hook; of others, jumps to it are among them. */
  readonly uses: number;
};

/** The bytes that ask for the chains of all tables, those that iptables has in nftables included. */
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

/** In struct nlmsghdr and struct nfgenmsg together. */
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
