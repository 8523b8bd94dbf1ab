import * as z from "zod";
import type { ServiceRow, Status } from "../../../src/ask/status/status.ts";
import { ineligibilities } from "../../../src/daemon/health.ts";
import { schemaOf } from "./plain.ts";
import { family, number, serviceName, text, time } from "./words.ts";

const trouble = z.strictObject({ since: time, message: text }).meta({ id: "trouble" });
const names = z
  .strictObject({ count: number, first: z.array(serviceName).describe("the first of them in order") })
  .meta({ id: "names" });
const round = z.strictObject({
  began: time,
  milliseconds: number,
  kind: z.enum(["partial", "full", "replaced"]),
  causes: z.array(text),
  elements: number,
  services: number.describe("how many it was about"),
});

export const status = schemaOf<Status>()(
  z.strictObject({
    code: z.union([z.literal(200), z.literal(503)]).describe("as /healthz answers"),
    warnings: z.array(text),
    version: text,
    now: time,
    started: time,
    node: z.strictObject({
      name: text,
      zone: text.optional(),
      addresses: z.array(text),
      ineligibility: z.enum(ineligibilities).describe("why load balancers are to send nothing new to it").optional(),
    }),
    host: z.strictObject({
      kernel: text,
      nft: text,
      lacks: z.array(text).describe("what it cannot do, in words"),
      conntrack: z.strictObject({ count: number, max: number }).optional(),
    }),
    apiServer: z.strictObject({
      url: text,
      identity: text.describe("who the agent is there"),
      failure: trouble.describe("since when it does not answer, or is not ready").optional(),
      watches: z.array(
        z.strictObject({
          resource: text,
          state: z.enum(["not yet", "watching", "between watches", "failing", "absent"]),
          heard: time.describe("when the API server last sent anything").optional(),
          failure: trouble.optional(),
        }),
      ),
    }),
    tables: z.array(
      z.strictObject({
        family,
        isHealthy: z.boolean().describe("no change has waited for too long"),
        kernel: z.enum(["as desired", "changing", "unknown"]),
        lastRound: round.optional(),
        lastFailure: z.strictObject({ at: time, message: text, retryInMilliseconds: number }).optional(),
        setAside: z.array(z.strictObject({ name: text, service: serviceName.optional(), since: time, reason: text })),
      }),
    ),
    drift: z.strictObject({
      count: number.describe("since the agent started"),
      recent: number.describe("in the last ten minutes"),
      last: z.strictObject({ at: time, family, program: text, pid: number }).optional(),
    }),
    services: z.strictObject({
      count: number,
      slices: number,
      endpoints: number,
      lostEndpoints: names.describe("no endpoint serves them on any node; they have had one"),
      neverHadEndpoints: names.describe("the same since the agent started"),
      denied: names.describe("another Service has a frontend of theirs"),
      notAsSpecified: names,
    }),
    loopback: z.strictObject({
      ports: number.describe("NodePorts that are open at loopback addresses, counted per address"),
      connections: number.describe("that the agent passes on now"),
      failures: z
        .array(z.strictObject({ at: text, service: serviceName, message: text }))
        .describe("NodePorts that cannot be opened there"),
    }),
    observed: z
      .strictObject({
        tables: z
          .array(z.strictObject({ family, isThere: z.boolean(), chains: number, sets: number, elements: number }))
          .describe("how much an agent that writes would change"),
        verified: z.strictObject({ at: time, packets: number, differences: z.array(text) }).optional(),
      })
      .describe("of an agent that only observes")
      .optional(),
  }),
);

export const serviceRow = schemaOf<ServiceRow>()(
  z.strictObject({
    service: serviceName,
    port: text.describe("empty if the only port has no name"),
    family,
    type: text,
    appProtocol: text.optional(),
    labels: text.describe("app=web,tier=front").optional(),
    frontends: z.array(text),
    used: number.describe("endpoints that clients of this node get"),
    known: number.describe("endpoints that slices list"),
    policies: z.array(z.enum(["internal Local", "external Local"])),
    state: z.enum(["served", "no endpoints", "no endpoint here", "set aside"]),
    connections: number.describe("new ones, if they are counted").optional(),
    refused: number.describe("packets, if they are counted").optional(),
    dropped: number.describe("packets, if they are counted").optional(),
  }),
);
