import { expect, test } from "@jest/globals";
import { decodeService } from "../../src/decode/service.ts";
import { decoded, service } from "./decoded-service.ts";

test("W-24 a minimal Service gets the defaults of the API server", () => {
  expect(decodeService(service())).toEqual({
    value: {
      namespace: "default",
      name: "web",
      created: Number.POSITIVE_INFINITY,
      type: "ClusterIP",
      clusterIPs: ["10.96.0.1"],
      externalIPs: [],
      loadBalancerIPs: [],
      loadBalancerSourceRanges: undefined,
      externalTrafficPolicy: "Cluster",
      internalTrafficPolicy: "Cluster",
      sessionAffinity: undefined,
      healthCheckNodePort: undefined,
      ports: [{ name: "", protocol: "tcp", port: 80, nodePort: undefined }],
    },
    problems: [],
  });
});

test("nulls and empty texts, as Go writes them, count as missing", () => {
  const empty = service({
    metadata: { namespace: "", creationTimestamp: null, labels: null, generation: null },
    spec: {
      type: "",
      clusterIPs: null,
      ipFamilies: null,
      ports: [{ name: null, protocol: null, port: 80, nodePort: null }],
      externalIPs: null,
      loadBalancerSourceRanges: null,
      externalTrafficPolicy: "",
      internalTrafficPolicy: null,
      sessionAffinity: "",
      sessionAffinityConfig: null,
      healthCheckNodePort: 0,
    },
    status: null,
  });
  expect(decodeService(empty)).toEqual(decodeService(service()));
});

test("everything that is read from a Service", () => {
  const full = service({
    metadata: { namespace: "shop", creationTimestamp: "2026-01-02T03:04:05Z" },
    spec: {
      type: "LoadBalancer",
      clusterIPs: ["10.96.0.1", "fd00:10:96::0001"],
      ipFamilies: ["IPv4", "IPv6"],
      ports: [
        { name: "dns", protocol: "UDP", port: 53, nodePort: 30053 },
        { name: "dns-tcp", protocol: "TCP", port: 53, nodePort: 30053 },
        { name: "sctp", protocol: "SCTP", port: 9 },
      ],
      externalIPs: ["192.0.2.1", "2001:db8::1"],
      loadBalancerSourceRanges: ["10.0.0.0/8", "fd00::/8"],
      externalTrafficPolicy: "Local",
      internalTrafficPolicy: "Local",
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
      healthCheckNodePort: 31000,
    },
    status: { loadBalancer: { ingress: [{ ip: "203.0.113.1", ipMode: "VIP" }] } },
  });
  expect(decodeService(full)).toEqual({
    value: {
      namespace: "shop",
      name: "web",
      created: Date.UTC(2026, 0, 2, 3, 4, 5),
      type: "LoadBalancer",
      clusterIPs: ["10.96.0.1", "fd00:10:96::1"],
      externalIPs: ["192.0.2.1", "2001:db8::1"],
      loadBalancerIPs: ["203.0.113.1"],
      loadBalancerSourceRanges: ["10.0.0.0/8", "fd00::/8"],
      externalTrafficPolicy: "Local",
      internalTrafficPolicy: "Local",
      sessionAffinity: { timeoutSeconds: 60 },
      healthCheckNodePort: 31000,
      ports: [
        { name: "dns", protocol: "udp", port: 53, nodePort: 30053 },
        { name: "dns-tcp", protocol: "tcp", port: 53, nodePort: 30053 },
        { name: "sctp", protocol: "sctp", port: 9, nodePort: undefined },
      ],
    },
    problems: [],
  });
});

const notServed = [
  ["B-001 service-proxy-name", { metadata: { labels: { "service.kubernetes.io/service-proxy-name": "other" } } }],
  ["B-001 service-proxy-name, empty", { metadata: { labels: { "service.kubernetes.io/service-proxy-name": "" } } }],
  ["B-001 service-proxy-name, null", { metadata: { labels: { "service.kubernetes.io/service-proxy-name": null } } }],
  ["B-012 headless", { spec: { clusterIP: "None" } }],
  ["B-012 headless, without clusterIP", { spec: { clusterIP: undefined, clusterIPs: ["None"] } }],
  ["B-013 ExternalName", { spec: { type: "ExternalName", clusterIP: "" } }],
  ["B-013 ExternalName with a clusterIP", { spec: { type: "ExternalName" } }],
] as const;

test.each(notServed)("%s has no value and no problem", (_, fields) => {
  expect(decodeService(service(fields))).toEqual({ value: undefined, problems: [] });
});

test("B-004 the headless label has no effect on a Service", () => {
  const labels = { "service.kubernetes.io/headless": "" };
  const { value } = decodeService(service({ metadata: { labels } }));
  expect(value).toEqual({ ...decodeService(service()).value, labels: "service.kubernetes.io/headless=" });
});

const refused = [
  ["no object", "x", '"x" is not an object; this object is ignored', ""],
  ["no metadata", { spec: {} }, "is missing; this object is ignored", "metadata"],
  ["no name", service({ metadata: { name: undefined } }), "is missing; this object is ignored", "metadata.name"],
  ["a name of a Pod", service({ metadata: { name: "a.b" } }), /^"a\.b" is not a name/, "metadata.name"],
  ["a name that breaks out", service({ metadata: { name: 'a"\n}' } }), /^"a\\"\\n}" is not a name/, "metadata.name"],
  ["a name too long", service({ metadata: { name: "a".repeat(64) } }), /is not a name/, "metadata.name"],
  ["a name of a number", service({ metadata: { name: 7 } }), /^7 is not a name/, "metadata.name"],
  ["a namespace in capitals", service({ metadata: { namespace: "A" } }), /^"A" is not a name/, "metadata.namespace"],
  ["no spec", { metadata: { name: "web" } }, "is missing; this object is ignored", "spec"],
  ["B-012 no clusterIP", service({ spec: { clusterIP: "" } }), "has no clusterIP yet; not served", "spec.clusterIP"],
  ["a bad clusterIP", service({ spec: { clusterIP: "10.96.0" } }), /is not an IP address; /, "spec.clusterIP"],
] as const;

test.each(refused)("%s costs the Service", (_, object, message, field) => {
  const { value, problems } = decodeService(object);
  expect(value).toBeUndefined();
  expect(problems).toEqual([{ object: expect.any(String), field, message: expect.stringMatching(message) }]);
});

const choices = [
  [
    "type",
    "Cluster",
    'spec.type: "Cluster" is not one of ClusterIP, NodePort, LoadBalancer, ExternalName; it is treated as ClusterIP',
  ],
  [
    "externalTrafficPolicy",
    "local",
    'spec.externalTrafficPolicy: "local" is not one of Cluster, Local; it is treated as Cluster',
  ],
  ["internalTrafficPolicy", 7, "spec.internalTrafficPolicy: 7 is not one of Cluster, Local; it is treated as Cluster"],
] as const;

test.each(choices)("a bad %s costs no more than itself", (field, value, problem) => {
  const read = decoded(service({ spec: { [field]: value } }));
  expect(read.value).toEqual(decodeService(service()).value);
  expect(read.problems).toEqual([problem]);
});

const timestamps = [
  ["2026-01-02T03:04:05Z", Date.UTC(2026, 0, 2, 3, 4, 5)],
  ["2026-01-02T05:04:05+02:00", Date.UTC(2026, 0, 2, 3, 4, 5)],
  ["2026-01-02T03:04:05.678901Z", Date.UTC(2026, 0, 2, 3, 4, 5, 678)],
  ["2026-13-02T03:04:05Z", Number.POSITIVE_INFINITY],
  ["2026-01-02 03:04", Number.POSITIVE_INFINITY],
  ["1", Number.POSITIVE_INFINITY],
  [1, Number.POSITIVE_INFINITY],
] as const;

test.each(timestamps)("creationTimestamp %j", (creationTimestamp, created) => {
  expect(decoded(service({ metadata: { creationTimestamp } })).value?.created).toBe(created);
});

test("messages show input escaped and shortened", () => {
  const nasty = `\u001b[31m\u202e\u0000"${"x".repeat(10_000)}`;
  const [problem = ""] = decoded(service({ spec: { externalIPs: [nasty] } })).problems;
  expect(problem).toMatch(
    /^spec\.externalIPs\[0\]: "\\u001b\[31m\\u202e\\u0000\\"x+…" is not an IP address; it is not served$/,
  );
  expect(problem.length).toBeLessThan(200);
});

test("problems name the object", () => {
  const objects = [
    service({ metadata: { namespace: "shop", labels: "x" } }),
    service({ metadata: { labels: "x" } }),
    service({ metadata: { name: "we\nb" } }),
    { metadata: {} },
    7,
  ];
  const names = objects.map((object) => decodeService(object).problems[0]?.object);
  expect(names).toEqual(["Service shop/web", "Service default/web", 'Service default/"we\\nb"', "Service", "Service"]);
});

test("A-50 labels and appProtocol are read for people, those that Kubernetes would accept", () => {
  const { value } = decodeService(
    service({
      metadata: { labels: { tier: "front", app: "web", "a\u001b": "x", b: "\n", c: 1 } },
      spec: {
        ports: [
          { name: "a", port: 80, appProtocol: "kubernetes.io/h2c" },
          { name: "b", port: 81, appProtocol: "\u001b" },
        ],
      },
    }),
  );
  expect(value?.labels).toBe("app=web,tier=front");
  expect(value?.ports.map(({ appProtocol }) => appProtocol)).toEqual(["kubernetes.io/h2c", undefined]);
});
