import * as z from "zod";
import { isNot, scalar } from "../decode/part.ts";
import { quote } from "../decode/quote.ts";
import { IPAddress } from "../decode/scalars.ts";
import { type Address, address } from "../model/address.ts";
import { type CIDR, cidr } from "../model/cidr.ts";
import { type Port, port } from "../model/port.ts";
import { milliseconds } from "./duration.ts";

/** Where a server listens. */
export type ListenAddress = { readonly address: Address; readonly port: Port };

/** `primary`: the node's own IPs only. Networks: those of the node's addresses that lie in them. */
export type NodePortRanges = "primary" | readonly CIDR[];

/** A duration of zero or more as Go writes it, in milliseconds; the fallback where it is missing. */
export function duration(fallback: number): z.ZodType<number> {
  return scalar(isNot("a duration of zero or more, such as 30s"), (value) => {
    if (value === undefined) return fallback;
    const time = typeof value === "string" ? milliseconds(value) : undefined;
    return time === undefined || time < 0 ? undefined : time;
  });
}

/** A duration that zero stands for the default of, so that it is always more than zero. */
export function period(fallback: number): z.ZodType<number> {
  return duration(fallback).transform((time) => time || fallback);
}

export function integer(least: number, most: number, fallback: number): z.ZodType<number> {
  return scalar(isNot(`a whole number from ${least} to ${most}`), (value) => {
    if (value === undefined) return fallback;
    return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
  });
}

/** The largest number that Go's int32 holds. */
export const int32 = 2 ** 31 - 1;

export const flag = z.boolean().default(false);

export const text = z.string().default("");

/** `0.0.0.0`, which stands for no choice, where it is missing or empty. */
export const BindAddress = z.preprocess((value) => value || "0.0.0.0", IPAddress);

/** Undefined where it is missing or empty. */
export function listenField(defaultPort: number): z.ZodType<ListenAddress | undefined> {
  const what = "an IP address with a port (1 to 65535), such as 127.0.0.1:10249 or [::1]:10249";
  const Listen = scalar(isNot(what), (value) =>
    typeof value === "string" ? listenAddress(value, defaultPort) : undefined,
  );
  return z.preprocess((value) => value || undefined, Listen.optional());
}

/** `address:port`, `[address]:port` or an address alone, to which the port is added. */
export function listenAddress(text: string, defaultPort: number): ListenAddress | undefined {
  const [, bracketed, plain, number = String(defaultPort)] = /^(?:\[(.*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const ip = address(bracketed ?? plain ?? text);
  const listen = port(Number(number));
  return ip === undefined || listen === undefined ? undefined : { address: ip, port: listen };
}

/** All networks of a comma list, of both families in any order. */
export const ClusterCIDR = scalar(
  isNot("a list of networks in CIDR notation, such as 10.244.0.0/16,fd00:10:244::/56"),
  (value) => (typeof value === "string" ? networks(value === "" ? [] : value.split(",")) : undefined),
);

/** `localhost` and `all` are words of kube-proxy 1.37 and later. */
export const NodePortAddresses = scalar(whyNoRanges, (value): NodePortRanges | undefined => {
  const list = value ?? [];
  if (!Array.isArray(list)) return undefined;
  return list.length === 1 && list[0] === "primary" ? "primary" : networks(list);
});

function whyNoRanges(value: unknown): string {
  const bad: unknown = Array.isArray(value) ? value.find((item) => networks([item]) === undefined) : value;
  return `${quote(bad)} is not a network in CIDR notation, nor is it "primary" and alone`;
}

function networks(texts: readonly unknown[]): readonly CIDR[] | undefined {
  const read = texts.map((each) => (typeof each === "string" ? cidr(each.trim()) : undefined));
  return read.every((each) => each !== undefined) ? read : undefined;
}

/**
 * The name of a Linux network interface, or the beginning of one. The kernel refuses `/`, `:` and white space; of what
 * it takes, that is left out which nft would read as something else than a letter.
 */
export const InterfaceName = scalar(
  isNot('an interface name (1 to 15 letters, digits and signs, none of them " \\ * / :)'),
  (value) => (typeof value === "string" && /^[!-~]{1,15}$/.test(value) && !/["\\*/:]/.test(value) ? value : undefined),
);

/** All addresses of a family and of the other, as a list of networks. */
export const everywhere: readonly CIDR[] = [cidr("0.0.0.0/0"), cidr("::/0")].filter((each) => each !== undefined);
