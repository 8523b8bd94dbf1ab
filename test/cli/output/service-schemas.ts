import * as z from "zod";
import type { ServiceExplanation } from "../../../src/ask/service/explanation.ts";
import type { Finding } from "../../../src/ask/service/findings.ts";
import { schemaOf } from "./plain.ts";
import { family, number, serviceName, servicePort, text } from "./words.ts";

export const finding = schemaOf<Finding>()(
  z
    .strictObject({
      severity: z
        .enum(["error", "warning", "note"])
        .describe(
          "error: somebody's connections fail now; warning: some will, or do for some; note: as it is meant to be, but often asked about",
        ),
      subject: text.describe("what it is about: a service port, or a part of the node or of the configuration"),
      evidence: text.describe("what is seen"),
      consequence: text.describe("what clients see of it"),
      remedy: text.describe("what to do about it"),
    })
    .meta({ id: "finding" }),
);

const use = z
  .enum([
    "used",
    "list not needed",
    "not ready",
    "terminating while others are ready",
    "hinted for other nodes",
    "hinted for other zones",
    "not on this node",
    "listed twice",
    "no slice port",
  ])
  .meta({ id: "use" });
const clients = z
  .strictObject({
    list: z.enum(["cluster", "local"]),
    endpoints: number,
    fate: z.enum(["balanced", "refused", "dropped", "left alone"]),
  })
  .meta({ id: "clients" });
const endpoint = z.strictObject({
  address: text,
  port: number,
  pod: text.optional(),
  node: text.optional(),
  zone: text.optional(),
  slice: text,
  ready: z.boolean(),
  serving: z.boolean(),
  terminating: z.boolean(),
  isLocal: z.boolean().describe("on this node"),
  isUsed: z.boolean(),
  cluster: use.describe("in the list of all endpoints"),
  local: use.describe("in the list of this node's endpoints"),
});
const frontend = z.strictObject({
  kind: z.enum(["ClusterIP", "load balancer IP", "external IP", "NodePort"]),
  addresses: z.array(text).describe("of a NodePort, those of this node that serve it"),
  port: number,
  owner: servicePort.describe("who has the frontend instead").optional(),
  outsiders: clients.describe("what clients outside this node get"),
  insiders: clients.describe("what this node and its pods get"),
  masquerade: z.enum(["all", "none", "all but local pods", "this node"]),
  sources: z.array(text).describe("the networks that may connect, if not all may").optional(),
  denied: z.array(text).describe("the networks that may not connect, whatever the others are"),
  loopback: z
    .strictObject({ address: text, endpoints: number, fate: z.enum(["passed on", "refused"]) })
    .describe("of a NodePort, what this node gets at its loopback address")
    .optional(),
});

export const explainService = schemaOf<ServiceExplanation>()(
  z.strictObject({
    service: serviceName,
    type: text,
    labels: text.describe("app=web,tier=front").optional(),
    node: text,
    zone: text.optional(),
    internalTrafficPolicy: z.enum(["Cluster", "Local"]),
    externalTrafficPolicy: z.enum(["Cluster", "Local"]),
    affinitySeconds: number.describe("missing: no session affinity").optional(),
    balancing: z
      .enum(["source-hash", "source-hash-port"])
      .describe("what of a client decides on its endpoint; missing: chance")
      .optional(),
    healthCheckNodePort: number.optional(),
    ports: z.array(
      z.strictObject({
        name: text,
        port: number,
        protocol: text,
        appProtocol: text.optional(),
        family,
        frontends: z.array(frontend),
        endpoints: z.array(endpoint),
      }),
    ),
    findings: z.array(finding),
    problems: z.array(text),
  }),
);
