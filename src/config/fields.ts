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

/**
 * `primary`: the node's own IPs; `localhost`: its loopback addresses; `all`: every address. Networks: its
 * addresses in them.
 */
export type NodePortRange = "primary" | "localhost" | "all" | CIDR;

/** A duration of zero or more as Go writes it, in milliseconds; the fallback if it is missing. */
export function duration(fallback: number): z.ZodType<number> {
  return scalar(isNot("a duration of zero or more, such as 30s"), (value) => {
    if (value === undefined) return fallback;
    const time = typeof value === "string" ? milliseconds(value) : undefined;
    return time === undefined || time < 0 ? undefined : time;
  });
}

/** A duration for which zero means the default, so it is always more than zero. */
export function period(fallback: number): z.ZodType<number> {
  return duration(fallback).transform((time) => time || fallback);
}

export function integer(least: number, most: number, fallback: number): z.ZodType<number> {
  return scalar(isNot(`a whole number from ${least} to ${most}`), (value) => {
    if (value === undefined) return fallback;
    return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
  });
}

/** The maximum of Go's int32. */
export const int32 = 2 ** 31 - 1;

export const flag = z.boolean().default(false);

/** As in kube-proxy, a number or a boolean is accepted as text. */
export const text = z.preprocess(
  (value) => (typeof value === "number" || typeof value === "boolean" ? String(value) : value),
  z.string().default(""),
);

/** `0.0.0.0`, which means unspecified, if it is missing or empty. */
export const BindAddress = z.preprocess((value) => value || "0.0.0.0", IPAddress);

/** Undefined if it is missing or empty. */
export function listenField(defaultPort: number): z.ZodType<ListenAddress | undefined> {
  const what = "an IP address with a port (1 to 65535), such as 127.0.0.1:10249 or [::1]:10249";
  const Listen = scalar(isNot(what), (value) =>
    typeof value === "string" ? listenAddress(value, defaultPort) : undefined,
  );
  return z.preprocess((value) => value || undefined, Listen.optional());
}

/** `address:port`, `[address]:port`, or an address, to which the port is added. */
export function listenAddress(text: string, defaultPort: number): ListenAddress | undefined {
  const [, bracketed, plain, number = String(defaultPort)] = /^(?:\[(.*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const ip = address(bracketed ?? plain ?? text);
  const listen = port(Number(number));
  return ip === undefined || listen === undefined ? undefined : { address: ip, port: listen };
}

/** All networks of a comma-separated list, of both families in any order. */
export const ClusterCIDR = scalar(
  isNot("a list of networks in CIDR notation, such as 10.244.0.0/16,fd00:10:244::/56"),
  (value) => (typeof value === "string" ? all(value === "" ? [] : value.split(",").map(network)) : undefined),
);

/** Everything but `primary`, and networks alone, is new in kube-proxy 1.37. */
export const NodePortAddresses = scalar(whyNoRanges, (value) =>
  value === undefined ? [] : Array.isArray(value) ? all(value.map(nodePortRange)) : undefined,
);

function whyNoRanges(value: unknown): string {
  if (!Array.isArray(value)) return isNot("a list")(value);
  const bad: unknown = value.find((item) => nodePortRange(item) === undefined);
  return `${quote(bad)} is not a network in CIDR notation, nor is it one of ${keywords.join(", ")}`;
}

const keywords = ["primary", "localhost", "all"] as const;

function nodePortRange(value: unknown): NodePortRange | undefined {
  return keywords.find((keyword) => keyword === value) ?? network(value);
}

function network(value: unknown): CIDR | undefined {
  return typeof value === "string" ? cidr(value.trim()) : undefined;
}

function all<T>(read: readonly (T | undefined)[]): readonly T[] | undefined {
  return read.every((each) => each !== undefined) ? read : undefined;
}

/** Feature gates by name, as a map or as the text of the flag: `A=true,B=false`. */
export const FeatureGates = z.preprocess(
  (value) => (typeof value === "string" ? gatesInText(value) : value),
  z.record(z.string(), z.boolean()).default({}),
);

function gatesInText(text: string): Readonly<Record<string, unknown>> {
  const gates = text.split(",").filter((gate) => gate.trim() !== "");
  return Object.fromEntries(
    gates.map((gate) => {
      const [name = "", value = ""] = gate.split("=").map((part) => part.trim());
      return [name, truth(value) ?? value];
    }),
  );
}

/** A boolean as Go reads it in flags. */
export function truth(text: string): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  return ["0", "f", "F", "FALSE", "false", "False"].includes(text) ? false : undefined;
}

/**
 * The name of a Linux network interface, or the start of one. The kernel rejects `/`, `:` and white space. Of the names that
 * it accepts, those with characters that are special to nft are rejected here.
 */
export const InterfaceName = scalar(
  isNot('an interface name (1 to 15 letters, digits and signs, none of them " \\ * / :)'),
  (value) => (typeof value === "string" && /^[!-~]{1,15}$/.test(value) && !/["\\*/:]/.test(value) ? value : undefined),
);
