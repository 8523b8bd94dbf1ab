import * as z from "zod";
import type { PacketExplanation } from "../../../src/ask/packet-explanation.ts";
import type { Difference } from "../../../src/ask/verify/verify.ts";
import type { Packet } from "../../../src/nft/evaluate/packet.ts";
import { schemaOf } from "./plain.ts";
import { number, place, servicePort, text } from "./words.ts";

const packet = schemaOf<Packet>()(
  z
    .strictObject({
      protocol: z.enum(["tcp", "udp", "sctp", "icmp"]),
      saddr: text,
      daddr: text,
      dport: number.describe("0 for ICMP"),
      flags: z.array(z.enum(["syn", "rst"])).optional(),
      iifname: text.describe("missing: this node itself sends it").optional(),
      conntrack: z.union([
        z.strictObject({ kind: z.enum(["new", "untracked", "invalid"]) }),
        z.strictObject({ kind: z.literal("established"), endpoint: place.optional(), isMasqueraded: z.boolean() }),
      ]),
      mark: number.optional(),
    })
    .meta({ id: "packet" }),
);
const probability = z.string().describe("1/3; 1 for what is certain");
const outcome = z.union([
  z.strictObject({
    kind: z.literal("accepted"),
    endpoint: place.describe("missing: it is not translated").optional(),
    isMasqueraded: z.boolean(),
    probability,
  }),
  z.strictObject({ kind: z.literal("rejected"), with: z.enum(["tcp reset", "port unreachable"]), probability }),
  z.strictObject({ kind: z.literal("dropped"), probability }),
]);

export const explainPacket = schemaOf<PacketExplanation>()(
  z.strictObject({
    packet,
    outcomes: z.array(outcome),
    path: z.array(
      z.strictObject({
        hook: z.enum(["prerouting", "input", "forward", "output", "postrouting"]).optional(),
        chain: text,
        note: text.optional(),
        rule: text.describe("as nft prints it"),
        probability,
        found: z.array(z.strictObject({ set: text, element: text, owner: servicePort.optional(), probability })),
      }),
    ),
    relay: z
      .strictObject({ servicePort, endpoints: z.array(text) })
      .describe("the agent accepts the connection, and passes it on to one of these")
      .optional(),
  }),
);

export const difference = schemaOf<Difference>()(
  z.strictObject({
    servicePort: servicePort.describe("missing: the packet is for nobody's frontend").optional(),
    packet,
    circumstance: text.describe("what is special about the packet; empty for nothing"),
    expected: text,
    found: text,
  }),
);
