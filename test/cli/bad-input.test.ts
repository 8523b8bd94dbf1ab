import { describe, expect, test } from "@jest/globals";
import { type Files, withFolder } from "./folder.ts";
import { config, service, slice, web } from "./manifests.ts";
import { kubeNFT } from "./program.ts";

/** Partly bad input: the messages about it, and the frontends that are served in addition to default/web's. */
type Row = {
  readonly bad: Files;
  readonly problems: readonly string[];
  readonly served?: readonly string[];
};

const clusterIP = "10.96.0.20";

const rows: Readonly<Record<string, Row>> = {
  "invalid YAML, with its line; the documents before it are read": {
    bad: { "bad.yaml": `${JSON.stringify(service("other", { clusterIP }))}\n---\nkind: Service\n  metadata: [\n` },
    problems: ["bad.yaml document 2: line 4: bad indentation of a mapping entry; this document is ignored"],
    served: ["default/other 10.96.0.20 . tcp . 80"],
  },
  "JSON that was cut off": {
    bad: { "bad.json": '{\n  "kind": "List",\n  "items": [\n' },
    problems: [
      "bad.json document 1: line 4: unexpected end of the stream within a flow collection; this document is ignored",
    ],
  },
  "documents that are no objects": {
    bad: { "bad.yaml": "hello\n---\n- a list\n---\nname: web\n" },
    problems: [
      'bad.yaml document 1: "hello" is not a Kubernetes object; it is ignored',
      "bad.yaml document 2: a list is not a Kubernetes object; it is ignored",
      "bad.yaml document 3: has no kind; it is ignored",
    ],
  },
  "fields of wrong types": {
    bad: {
      "bad.yaml": [
        service("a", { clusterIP, ports: "http" }),
        { apiVersion: "v1", kind: "Service", metadata: { name: "b" }, spec: "nothing" },
        service("c", {
          clusterIP,
          sessionAffinity: 7,
          externalTrafficPolicy: "Lokal",
          externalIPs: { ip: "192.0.2.1" },
        }),
      ],
    },
    problems: [
      'bad.yaml document 1: Service default/a: spec.ports: "http" is not a list; it is ignored',
      'bad.yaml document 2: Service default/b: spec: "nothing" is not an object; this object is ignored',
      'bad.yaml document 3: Service default/c: spec.externalTrafficPolicy: "Lokal" is not one of Cluster, Local; it is treated as Cluster',
      "bad.yaml document 3: Service default/c: spec.externalIPs: an object is not a list; it is ignored",
      "bad.yaml document 3: Service default/c: spec.sessionAffinity: 7 is not one of None, ClientIP; it is treated as None",
    ],
    served: ["default/c 10.96.0.20 . tcp . 80"],
  },
  "port 70000, among others": {
    bad: {
      "bad.yaml": service("other", {
        clusterIP,
        ports: [
          { name: "high", port: 70000 },
          { name: "http", port: 80 },
        ],
      }),
    },
    problems: [
      "bad.yaml document 1: Service default/other: spec.ports[0].port: 70000 is not a port number (1 to 65535); this port is not served",
    ],
    served: ["default/other:http 10.96.0.20 . tcp . 80"],
  },
  "a ClusterIP of another family than the Service's": {
    bad: { "bad.yaml": service("other", { clusterIP, clusterIPs: [clusterIP], ipFamilies: ["IPv6"] }) },
    problems: [
      'bad.yaml document 1: Service default/other: spec.clusterIPs[0]: "10.96.0.20" is not of the family IPv6, as spec.ipFamilies[0] says; it is not served',
    ],
  },
  "an endpoint of another family than its slice": {
    bad: { "bad.yaml": [service("other", { clusterIP }), slice("other", ["fd00::1", "10.244.1.13"])] },
    problems: [
      `bad.yaml document 2: EndpointSlice default/other-1: endpoints[0].addresses[0]: "fd00::1" is not of the slice's addressType; this endpoint is not used`,
    ],
    served: ["default/other 10.96.0.20 . tcp . 80"],
  },
  "a nodePort that two Services have": {
    bad: {
      "bad.yaml": [
        service("a", { clusterIP: "10.96.0.21", type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] }),
        service("b", { clusterIP: "10.96.0.22", type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] }),
      ],
    },
    problems: [
      "bad.yaml document 2: Service default/b: nodePort 30080/tcp belongs to Service default/a, which comes first by name; it is not served for this port",
    ],
    served: ["default/a 10.96.0.21 . tcp . 80", "default/a tcp . 30080", "default/b 10.96.0.22 . tcp . 80"],
  },
  "two Services with one externalIP": {
    bad: {
      "bad.yaml": [
        service(
          "a",
          { clusterIP: "10.96.0.21", externalIPs: ["198.51.100.1"] },
          { creationTimestamp: "2026-02-01T00:00:00Z" },
        ),
        service(
          "b",
          { clusterIP: "10.96.0.22", externalIPs: ["198.51.100.1"] },
          { creationTimestamp: "2026-01-01T00:00:00Z" },
        ),
      ],
    },
    problems: [
      "bad.yaml document 1: Service default/a: 198.51.100.1 port 80/tcp belongs to Service default/b, which is older; it is not served for this port",
    ],
    served: ["default/a 10.96.0.21 . tcp . 80", "default/b 10.96.0.22 . tcp . 80", "default/b 198.51.100.1 . tcp . 80"],
  },
  "a slice of an unknown Service": {
    bad: { "bad.yaml": slice("stranger", ["10.244.1.13"]) },
    problems: [
      "bad.yaml document 1: EndpointSlice default/stranger-1: belongs to the unknown Service default/stranger; it is not used",
    ],
  },
  "an EndpointSlice with FQDN": {
    bad: {
      "bad.yaml": [service("other", { clusterIP }), slice("other", ["example.com"], { addressType: "FQDN" })],
    },
    problems: [
      'bad.yaml document 2: EndpointSlice default/other-1: addressType: "FQDN" is not supported (IPv4 and IPv6 are); this slice is ignored',
    ],
    served: ["default/other 10.96.0.20 . tcp . 80"],
  },
  "a Service without its clusterIP": {
    bad: { "bad.yaml": service("new", { type: "LoadBalancer" }) },
    problems: ["bad.yaml document 1: Service default/new: spec.clusterIP: has no clusterIP yet; not served"],
  },
  "an object that is there twice": {
    bad: { "bad.yaml": [service("other", { clusterIP: "10.96.0.21" }), service("other", { clusterIP })] },
    problems: ["bad.yaml document 2: Service default/other: occurs twice; the later one is used"],
    served: ["default/other 10.96.0.20 . tcp . 80"],
  },
  "an apiVersion that is not read": {
    bad: { "bad.yaml": { ...slice("web", []), apiVersion: "discovery.k8s.io/v1beta1" } },
    problems: [
      'bad.yaml document 1: EndpointSlice default/web-1: "discovery.k8s.io/v1beta1" is not supported (discovery.k8s.io/v1 is); it is ignored',
    ],
  },
};

describe.each([
  ["exit code 0", [], 0],
  ["with --strict exit code 1", ["--strict"], 1],
])("each bad object has its message, and everything else is served: %s", (_, strict, code) => {
  test.concurrent.each(Object.keys(rows))("%s", async (title) => {
    const { bad = {}, problems = [], served = [] } = rows[title] ?? {};
    const { stdout, stderr, exitCode } = await withFolder({ ...bad, "web.yaml": web }, (folder) => {
      return kubeNFT(["render", "-f", ".", "--config", config, "--node-name", "node-1", "--family", "ip", ...strict], {
        folder,
      });
    });
    expect(stderr.split("\n").slice(0, -1)).toEqual(problems);
    expect(frontends(stdout)).toEqual([...served, "default/web 10.96.0.10 . tcp . 80"].sort());
    expect(exitCode).toBe(code);
  });
});

/** The frontends in a ruleset with their owners, in order. */
function frontends(ruleset: string): readonly string[] {
  const elements = ruleset.matchAll(/^ {6}(.*) comment "(.*)" : goto (?!remember)/gm);
  const all = [...elements].map(([, key, owner]) => `${owner} ${key}`);
  return [...new Set(all)].sort();
}
