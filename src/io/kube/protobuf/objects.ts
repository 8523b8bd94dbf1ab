import { list, type Message, message, pointer } from "./message.ts";

/**
 * The fields that are read, with the numbers in Kubernetes' `generated.proto` files: apimachinery/pkg/apis/meta/v1,
 * api/core/v1, api/discovery/v1 and api/networking/v1.
 */
const objectMeta = message({
  name: [1, "string"],
  namespace: [3, "string"],
  uid: [5, "string"],
  resourceVersion: [6, "string"],
  generation: [7, "integer"],
  creationTimestamp: [8, "time"],
  deletionTimestamp: [9, "time"],
  labels: [11, "strings"],
  annotations: [12, "strings"],
});

const servicePort = message({
  name: [1, "string"],
  protocol: [2, "string"],
  port: [3, "integer"],
  nodePort: [5, "integer"],
  appProtocol: [6, pointer("string")],
});

const clientIPConfig = message({ timeoutSeconds: [1, pointer("integer")] });

const serviceSpec = message({
  ports: [1, list(servicePort)],
  clusterIP: [3, "string"],
  type: [4, "string"],
  externalIPs: [5, list("string")],
  sessionAffinity: [7, "string"],
  loadBalancerSourceRanges: [9, list("string")],
  externalTrafficPolicy: [11, "string"],
  healthCheckNodePort: [12, "integer"],
  sessionAffinityConfig: [14, message({ clientIP: [1, clientIPConfig] })],
  clusterIPs: [18, list("string")],
  ipFamilies: [19, list("string")],
  internalTrafficPolicy: [22, pointer("string")],
});

const ingress = message({ ip: [1, "string"], ipMode: [3, pointer("string")] });

const service = message({
  metadata: [1, objectMeta],
  spec: [2, serviceSpec],
  status: [3, message({ loadBalancer: [1, message({ ingress: [1, list(ingress)] })] })],
});

const named = message({ name: [1, "string"] });

const endpoint = message({
  addresses: [1, list("string")],
  conditions: [
    2,
    message({
      ready: [1, pointer("boolean")],
      serving: [2, pointer("boolean")],
      terminating: [3, pointer("boolean")],
    }),
  ],
  nodeName: [6, pointer("string")],
  hints: [8, message({ forZones: [1, list(named)], forNodes: [2, list(named)] })],
});

const endpointSlice = message({
  metadata: [1, objectMeta],
  endpoints: [2, list(endpoint)],
  ports: [
    3,
    list(
      message({
        name: [1, pointer("string")],
        protocol: [2, pointer("string")],
        port: [3, pointer("integer")],
      }),
    ),
  ],
  addressType: [4, "string"],
});

const node = message({
  metadata: [1, objectMeta],
  spec: [
    2,
    message({
      podCIDR: [1, "string"],
      taints: [5, list(message({ key: [1, "string"] }))],
      podCIDRs: [7, list("string")],
    }),
  ],
  status: [3, message({ addresses: [5, list(message({ type: [1, "string"], address: [2, "string"] }))] })],
});

const serviceCIDR = message({
  metadata: [1, objectMeta],
  spec: [2, message({ cidrs: [1, list("string")] })],
});

const status = message({ message: [3, "string"], reason: [4, "string"], code: [6, "integer"] });

/** One for each kind of object that a server may return. */
export const messages: ReadonlyMap<string, Message> = new Map([
  ["Service", service],
  ["EndpointSlice", endpointSlice],
  ["Node", node],
  ["ServiceCIDR", serviceCIDR],
  ["Status", status],
]);

/** The metadata of a list: the field before its items. */
export const listMeta = message({ resourceVersion: [2, "string"], continue: [3, "string"] });
