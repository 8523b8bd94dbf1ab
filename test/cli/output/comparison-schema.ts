import * as z from "zod";
import type { Comparison } from "../../../src/ask/compare/compare.ts";
import { schemaOf } from "./plain.ts";
import { number, servicePort, text } from "./words.ts";

const difference = z.strictObject({
  what: z.enum([
    "frontend",
    "endpoints",
    "masquerading",
    "policy",
    "affinity",
    "source ranges",
    "denied sources",
    "local pods",
    "addresses of NodePorts",
    "scheduler",
  ]),
  clients: z
    .array(z.enum(["outside", "local pods", "this node"]))
    .describe("whose connections it is about; missing: everybody's")
    .optional(),
  here: z.array(text),
  there: z.array(text),
  known: text.describe("why it is to be expected; missing: nothing explains it").optional(),
});

export const comparison = schemaOf<Comparison>()(
  z.strictObject({
    family: z.enum(["ip", "ip6"]),
    mode: z.enum(["iptables", "nftables", "ipvs"]).describe("kube-proxy's"),
    equal: number.describe("how many frontends both serve alike"),
    frontends: z.array(
      z.strictObject({
        frontend: text.describe("`10.96.0.10 tcp 80`, or `tcp 30080` for a NodePort"),
        service: servicePort.optional(),
        kind: z.enum(["different", "only here", "only there"]),
        differences: z.array(difference),
      }),
    ),
    settings: z.array(difference).describe("what concerns all frontends"),
  }),
);
