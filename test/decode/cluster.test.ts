import { expect, test } from "@jest/globals";
import { decodeCluster } from "../../src/decode/cluster.ts";

type Fields = Readonly<Record<string, unknown>>;

const named = (namespace: string, name: string, more: Fields = {}) => ({ metadata: { namespace, name, ...more } });

function service(namespace: string, name: string, clusterIP = "10.96.0.1"): Fields {
  return { apiVersion: "v1", kind: "Service", ...named(namespace, name), spec: { clusterIP, ports: [{ port: 80 }] } };
}

function slice(namespace: string, name: string, serviceName = name): Fields {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    ...named(namespace, name, { labels: { "kubernetes.io/service-name": serviceName } }),
    addressType: "IPv4",
  };
}

function endpoints(namespace: string, name: string): Fields {
  const subsets = [{ addresses: [{ ip: "10.244.0.1" }], ports: [{ port: 8080 }] }];
  return { apiVersion: "v1", kind: "Endpoints", ...named(namespace, name), subsets };
}

function serviceCIDR(name: string, ...cidrs: readonly string[]): Fields {
  return { apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata: { name }, spec: { cidrs } };
}

function node(name: string): Fields {
  return { apiVersion: "v1", kind: "Node", metadata: { name } };
}

/** What came out of objects, in words. */
function decoded(...objects: readonly unknown[]) {
  const { cluster, problems } = decodeCluster(objects.map((object) => ({ object })));
  const keys = (list: readonly { readonly namespace: string; readonly name: string }[]) =>
    list.map(({ namespace, name }) => `${namespace}/${name}`);
  return {
    services: keys(cluster.services),
    slices: keys(cluster.endpointSlices),
    nodes: cluster.nodes.map(({ name }) => name),
    serviceCIDRs: cluster.serviceCIDRs,
    problems: problems.map(({ object, field, message }) => [object, field, message].filter(Boolean).join(": ")),
  };
}

test("the order of the result depends on names only, by code unit", () => {
  const names = [
    ["b", "a"],
    ["a", "z"],
    ["a", "a-b"],
    ["a", "a"],
    ["a-b", "a"],
  ] as const;
  const keys = ["a/a", "a/a-b", "a/z", "a-b/a", "b/a"];
  const objects = names.flatMap(([namespace, name]) => [service(namespace, name), slice(namespace, name)]);
  const nodes = ["b", "a", "a.b", "a-b"].map(node);
  for (const input of [[...objects, ...nodes], [...nodes, ...objects].reverse()]) {
    expect(decoded(...input)).toEqual({
      services: keys,
      slices: keys,
      nodes: ["a", "a-b", "a.b", "b"],
      serviceCIDRs: [],
      problems: [],
    });
  }
});

const items = [service("a", "a"), slice("a", "a"), node("n"), { apiVersion: "v1", kind: "Pod" }];
const bare = { metadata: { name: "a", namespace: "a" }, spec: { clusterIP: "10.96.0.1", ports: [{ port: 80 }] } };
const lists = [
  ["a List", [{ apiVersion: "v1", kind: "List", items }]],
  ["a List in a List", [{ kind: "List", items: [{ kind: "List", items }] }]],
  [
    "lists of one kind",
    [
      { apiVersion: "v1", kind: "ServiceList", items: [bare] },
      { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSliceList", items: [slice("a", "a")] },
      { apiVersion: "v1", kind: "NodeList", items: [{ metadata: { name: "n" } }] },
    ],
  ],
  ["empty lists", [...items, { kind: "List", items: [] }, { kind: "List", items: null }, { kind: "PodList" }]],
] as const;

test.each(lists)("%s is taken apart", (_, objects) => {
  expect(decoded(...objects)).toEqual({
    services: ["a/a"],
    slices: ["a/a"],
    nodes: ["n"],
    serviceCIDRs: [],
    problems: [],
  });
});

test("a List that contains itself, or is nested deeper than the stack, is read", () => {
  const list: { kind: string; items: unknown[] } = { kind: "List", items: [service("a", "a")] };
  list.items.push(list);
  let deep: Fields = { kind: "List", items: [service("b", "b")] };
  for (let depth = 0; depth < 100_000; depth++) deep = { kind: "List", items: [deep] };
  expect(decoded(list, deep)).toMatchObject({ services: ["a/a", "b/b"], problems: [] });
});

const ignored = [
  ["an unknown kind", [{ apiVersion: "apps/v1", kind: "Deployment", metadata: 7 }], []],
  ["a Service of another API", [{ ...service("a", "a"), apiVersion: "serving.knative.dev/v1" }], []],
  ["a Node of another API", [{ ...node("a"), apiVersion: "example.com/v1" }], []],
  [
    "an EndpointSlice of long ago",
    [{ ...slice("a", "a"), apiVersion: "discovery.k8s.io/v1beta1" }],
    ['EndpointSlice a/a: "discovery.k8s.io/v1beta1" is not supported (discovery.k8s.io/v1 is); it is ignored'],
  ],
  [
    "no apiVersion",
    [{ ...service("a", "a"), apiVersion: undefined }],
    ["Service a/a: has no apiVersion; it is ignored"],
  ],
  ["no kind", [{ apiVersion: "v1", metadata: { name: "a" } }], ["has no kind; it is ignored"]],
  ["a kind of a number", [{ apiVersion: "v1", kind: 7 }], ["has no kind; it is ignored"]],
  ["a text", ["x"], ['"x" is not a Kubernetes object; it is ignored']],
  ["a list", [[service("a", "a")]], ["a list is not a Kubernetes object; it is ignored"]],
  [
    "an item without a kind",
    [{ kind: "List", items: [{}, 7] }],
    ["items[0]: has no kind; it is ignored", "items[1]: 7 is not a Kubernetes object; it is ignored"],
  ],
  [
    "an item of a List in a List",
    [{ kind: "List", items: [{ kind: "List", items: [{}] }] }],
    ["items[0].items[0]: has no kind; it is ignored"],
  ],
  [
    "items that are none",
    [{ kind: "ServiceList", items: "x" }],
    ['ServiceList: items: "x" is not a list; it is ignored'],
  ],
] as const;

test.each(ignored)("%s is ignored", (_, objects, problems) => {
  expect(decoded(...objects)).toEqual({ services: [], slices: [], nodes: [], serviceCIDRs: [], problems });
});

test("if an object is given twice, the later one is used", () => {
  const objects = [
    service("a", "a"),
    service("a", "a", "10.96.0.2"),
    service("default", "b"),
    { ...service("", "b", "None") },
  ];
  const { cluster, problems } = decodeCluster(
    objects.map((object, index) => ({ object, source: { file: "x", document: index + 1 } })),
  );
  expect(cluster.services.map(({ clusterIPs }) => clusterIPs)).toEqual([["10.96.0.2"]]);
  expect(problems).toEqual([
    {
      source: { file: "x", document: 2 },
      object: "Service a/a",
      field: "",
      message: "occurs twice; the later one is used",
    },
    {
      source: { file: "x", document: 4 },
      object: "Service default/b",
      field: "",
      message: "occurs twice; the later one is used",
    },
  ]);
});

const unknownService = [
  [
    "an unknown Service",
    [slice("a", "a-1", "a"), endpoints("b", "b")],
    [
      "EndpointSlice a/a-1: belongs to the unknown Service a/a; it is not used",
      "Endpoints b/b: belongs to the unknown Service b/b; it is not used",
    ],
  ],
  [
    "a Service of another namespace",
    [service("b", "a"), slice("a", "a-1", "a")],
    ["EndpointSlice a/a-1: belongs to the unknown Service a/a; it is not used"],
  ],
  ["a headless Service", [service("a", "a", "None"), slice("a", "a-1", "a")], []],
  [
    "a Service without clusterIP",
    [service("a", "a", ""), slice("a", "a-1", "a")],
    ["Service a/a: spec.clusterIP: has no clusterIP yet; not served"],
  ],
  ["Endpoints without subsets, as leader election once used them", [{ ...endpoints("a", "a"), subsets: [] }], []],
] as const;

test.each(unknownService)("slices of %s", (_, objects, problems) => {
  expect(decoded(...objects).problems).toEqual(problems);
});

test("B-005 Endpoints are for Services that have no EndpointSlice", () => {
  const objects = [
    service("a", "a"),
    slice("a", "a-1", "a"),
    endpoints("a", "a"),
    service("a", "b"),
    endpoints("a", "b"),
  ];
  expect(decoded(...objects)).toMatchObject({ slices: ["a/a-1", "a/b"], problems: [] });
});

test("W-11 ServiceCIDRs are united, disjoint and in order", () => {
  const objects = [
    serviceCIDR("b", "fd00::/112", "10.97.0.0/16"),
    serviceCIDR("a", "10.96.0.0/16", "10.96.1.0/24"),
    { ...serviceCIDR("c", "10.96.0.0/16"), apiVersion: "networking.k8s.io/v1beta1" },
  ];
  expect(decoded(...objects).serviceCIDRs).toEqual(["10.96.0.0/16", "10.97.0.0/16", "fd00::/112"]);
});

test("problems say where they are", () => {
  const source = { file: "a.yaml", document: 3 };
  const { problems } = decodeCluster([{ object: { kind: "List", items: [service("a", "a", "x"), 7] }, source }]);
  expect(problems).toEqual([
    { source, object: "", field: "items[1]", message: "7 is not a Kubernetes object; it is ignored" },
    { source, object: "Service a/a", field: "spec.clusterIP", message: '"x" is not an IP address; it is not served' },
  ]);
});
