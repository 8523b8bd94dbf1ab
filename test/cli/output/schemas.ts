import * as z from "zod";
import type { ServiceFlow } from "../../../src/ask/flows/service-flow.ts";
import type { Migration } from "../../../src/ask/migrate/migration.ts";
import type { TableDifferences } from "../../../src/ask/table-changes.ts";
import { comparison } from "./comparison-schema.ts";
import { difference, explainPacket } from "./packet-schemas.ts";
import { schemaOf } from "./plain.ts";
import { explainService, finding } from "./service-schemas.ts";
import { serviceRow, status } from "./status-schemas.ts";
import { number, place, protocol, serviceName, servicePort, text } from "./words.ts";

const verify = z.strictObject({
  packets: number.describe("how many were interpreted"),
  chains: z.array(text).describe("with --kernel: those that have rules that are not kube-nft's"),
  differences: z.array(difference),
});

const flow = schemaOf<ServiceFlow>()(
  z.strictObject({
    service: serviceName.describe("missing: the Service, or its frontend, is gone").optional(),
    servicePort: servicePort.optional(),
    nodePort: number.optional(),
    protocol,
    client: place,
    frontend: place,
    endpoint: place,
    pod: text.optional(),
    masqueradedAs: place.describe("the address that the endpoint sees instead of the client's").optional(),
    state: text.describe("the kernel's name of it, such as SYN_SENT").optional(),
    isAnswered: z.boolean(),
    timeoutSeconds: number.optional(),
    ageSeconds: number.optional(),
    bytes: z.strictObject({ sent: number, received: number }).optional(),
    stale: z.enum(["endpoint gone", "not translated", "frontend gone"]).describe("why it is stale").optional(),
  }),
);

const diff = schemaOf<TableDifferences>()(
  z.strictObject({
    servicePorts: z.array(
      z.strictObject({
        servicePort,
        added: z.array(text).describe("missing in the kernel"),
        removed: z.array(text).describe("only in the kernel"),
        changed: z.array(text).describe("frontends that serve differently"),
      }),
    ),
    tables: z.array(text).describe("lines for people about differences outside service ports"),
  }),
);

const step = z.strictObject({ what: text, commands: z.array(text).describe("for a shell") });

const migrate = schemaOf<Migration>()(
  z.strictObject({
    platform: z.union([
      z.strictObject({ kind: z.enum(["kubeadm", "k3s", "RKE2", "EKS", "GKE", "AKS", "kops", "unknown"]) }),
      z.strictObject({ kind: z.literal("kind"), cluster: text.describe("its name") }),
    ]),
    proxy: text.describe("what serves Services now"),
    remark: text.describe("what of the steps was tried, or why there are none"),
    there: z.array(step),
    back: z.array(step),
  }),
);

/** What `-o json` prints, by command. */
export const outputSchemas = {
  "explain SERVICE": explainService,
  "explain --to": explainPacket,
  verify,
  flows: z.array(flow),
  "flows --follow": z.strictObject({ event: z.enum(["new", "ended"]), ...flow.shape }).describe("one on each line"),
  doctor: z.strictObject({ findings: z.array(finding).describe("worst first") }),
  migrate,
  "migrate --check": z.strictObject({ findings: z.array(finding).describe("worst first") }),
  status,
  "status --services": z.array(serviceRow),
  "status --dump": z.strictObject({ file: text }),
  diff,
  compare: z.array(comparison).describe("one for each family"),
  version: z.strictObject({ version: text, node: text, platform: text }),
};
