import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeConfig } from "../../src/config/config.ts";
import { configFile } from "../../src/config/config-file.ts";
import { defaultConfig } from "../support/default-config.ts";
import { decoded, header, nftables } from "./decoded.ts";

test("B-269 the defaults", () => {
  expect(defaultConfig).toEqual({
    hostnameOverride: "",
    bindAddress: "0.0.0.0",
    healthzBindAddress: { address: "0.0.0.0", port: 10256 },
    metricsBindAddress: { address: "127.0.0.1", port: 10249 },
    bindAddressHardFail: false,
    enableProfiling: false,
    clientConnection: { kubeconfig: "", acceptContentTypes: "", contentType: "", qps: 5, burst: 10 },
    masqueradeBit: 14,
    masqueradeAll: false,
    syncPeriod: 30_000,
    minSyncPeriod: 0,
    configSyncPeriod: 900_000,
    detectLocal: { kind: "ClusterCIDR" },
    clusterCIDRs: [],
    nodePortAddresses: ["primary"],
    externalIPs: true,
    conntrack: {
      tcpBeLiberal: false,
      udpTimeout: 0,
      udpStreamTimeout: 0,
    },
    oomScoreAdj: -999,
  });
  expect(decoded(nftables(""))).toEqual({ config: defaultConfig, problems: [], errors: [] });
});

const settings = [
  ["B-267 hostnameOverride", "hostnameOverride: ' Node-1 '", { hostnameOverride: "node-1" }],
  [
    "B-269 IPv6 by default",
    "bindAddress: '::'",
    {
      bindAddress: "::",
      healthzBindAddress: { address: "::", port: 10256 },
      metricsBindAddress: { address: "::1", port: 10249 },
    },
  ],
  [
    "B-268 ports are added",
    "healthzBindAddress: 127.0.0.1\nmetricsBindAddress: '::'",
    { healthzBindAddress: { address: "127.0.0.1", port: 10256 }, metricsBindAddress: { address: "::", port: 10249 } },
  ],
  [
    "B-268 ports are read",
    "healthzBindAddress: 127.0.0.1:1\nmetricsBindAddress: '[::]:65535'",
    { healthzBindAddress: { address: "127.0.0.1", port: 1 }, metricsBindAddress: { address: "::", port: 65535 } },
  ],
  [
    "W-19 clusterCIDR, all of it",
    "clusterCIDR: 10.244.0.0/16, fd00::/56,10.245.0.0/16",
    { clusterCIDRs: ["10.244.0.0/16", "fd00::/56", "10.245.0.0/16"] },
  ],
  [
    "B-123 NodeCIDR, for which clusterCIDR may be anything",
    "detectLocalMode: NodeCIDR\nclusterCIDR: x",
    { detectLocal: { kind: "NodeCIDR" } },
  ],
  [
    "B-124 BridgeInterface",
    "detectLocalMode: BridgeInterface\ndetectLocal: { bridgeInterface: br.100, interfaceNamePrefix: '*' }",
    { detectLocal: { kind: "BridgeInterface", name: "br.100" } },
  ],
  [
    "B-125 InterfaceNamePrefix",
    "detectLocalMode: InterfaceNamePrefix\ndetectLocal: { interfaceNamePrefix: azv }",
    { detectLocal: { kind: "InterfaceNamePrefix", prefix: "azv" } },
  ],
  ["external IPs, switched off by a map", "featureGates: { AllowServiceExternalIPs: no }", { externalIPs: false }],
  ["external IPs, switched off by a text", "featureGates: AllowServiceExternalIPs=F", { externalIPs: false }],
  ["external IPs, switched on", "featureGates: { AllowServiceExternalIPs: true }", {}],
  [
    "booleans of YAML 1.1",
    "bindAddressHardFail: Yes\nnftables: { masqueradeAll: on }",
    { bindAddressHardFail: true, masqueradeAll: true },
  ],
  ["numbers as texts", "hostnameOverride: 123", { hostnameOverride: "123" }],
  ["every address", "nodePortAddresses: [all]", { nodePortAddresses: ["all"] }],
  ["words and networks", "nodePortAddresses: [primary, 10.0.0.0/8]", { nodePortAddresses: ["primary", "10.0.0.0/8"] }],
  ["B-131 primary", "nodePortAddresses: [primary]", { nodePortAddresses: ["primary"] }],
  ["B-132 networks", "nodePortAddresses: [192.0.2.1/24, '::/0']", { nodePortAddresses: ["192.0.2.0/24", "::/0"] }],
  ["B-270 zero periods", "configSyncPeriod: 0s\nnftables: { syncPeriod: 0s, minSyncPeriod: 0s }", {}],
  [
    "B-271 periods",
    "configSyncPeriod: 1m\nnftables: { syncPeriod: 1m30s, minSyncPeriod: 250ms }\niptables: { syncPeriod: 5s }",
    { configSyncPeriod: 60_000, syncPeriod: 90_000, minSyncPeriod: 250 },
  ],
  [
    "B-273 the bit of another mode is not used",
    "nftables: { masqueradeBit: 3, masqueradeAll: true }\niptables: { masqueradeBit: 4 }",
    { masqueradeBit: 3, masqueradeAll: true },
  ],
  [
    "conntrack",
    "conntrack: { maxPerCore: 0, tcpBeLiberal: true, udpTimeout: 10s }",
    { conntrack: { ...defaultConfig.conntrack, maxPerCore: 0, tcpBeLiberal: true, udpTimeout: 10_000 } },
  ],
  [
    "the rest",
    "oomScoreAdj: 0\nbindAddressHardFail: true\nclientConnection: { qps: 0, burst: 0, contentType: text }",
    {
      oomScoreAdj: 0,
      bindAddressHardFail: true,
      clientConnection: { ...defaultConfig.clientConnection, contentType: "text" },
    },
  ],
  ["JSON in YAML", "{}", {}],
] as const;

test.each(settings)("%s", (_, lines, fields) => {
  const text =
    lines === "{}"
      ? JSON.stringify({
          apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
          kind: "KubeProxyConfiguration",
          mode: "nftables",
        })
      : nftables(lines);
  const noEffect = expect.stringContaining("has no effect");
  const { config = defaultConfig, problems, errors } = decoded(text);
  expect({ config, problems, errors }).toEqual({
    config: { ...defaultConfig, ...fields },
    problems: problems.map(() => noEffect),
    errors: [],
  });
  expect(decoded(JSON.stringify(configFile(config)))).toMatchObject({ config, errors: [] });
});

const fatal = [
  ["mode: userspace", 'mode: "userspace" is not one of iptables, ipvs, nftables'],
  ["iptables: { masqueradeBit: 32 }", "iptables.masqueradeBit: 32 is not a whole number from 0 to 31"],
  ["mode: nftables\nnftables: { masqueradeBit: -1 }", "nftables.masqueradeBit: -1 is not a whole number from 0 to 31"],
  ["configSyncPeriod: -1s", 'configSyncPeriod: "-1s" is not a duration of zero or more, such as 30s'],
  ["iptables: { syncPeriod: 30 }", "iptables.syncPeriod: 30 is not a duration of zero or more, such as 30s"],
  ["iptables: { minSyncPeriod: 31s }", "iptables.minSyncPeriod: is longer than iptables.syncPeriod"],
  ["bindAddress: node-1", 'bindAddress: "node-1" is not an IP address'],
  ["healthzBindAddress: localhost:1", 'healthzBindAddress: "localhost:1" is not an IP address with a port'],
  ["healthzBindAddress: 0.0.0.0:0", 'healthzBindAddress: "0.0.0.0:0" is not an IP address with a port'],
  ["metricsBindAddress: 0.0.0.0:65536", 'metricsBindAddress: "0.0.0.0:65536" is not an IP address with a port'],
  ["metricsBindAddress: 7", "metricsBindAddress: 7 is not an IP address with a port"],
  ["nodePortAddresses: [Primary]", 'nodePortAddresses: "Primary" is not a network in CIDR notation, nor is it one of'],
  ["nodePortAddresses: [192.0.2.1]", 'nodePortAddresses: "192.0.2.1" is not a network'],
  ["nodePortAddresses: primary", 'nodePortAddresses: "primary" is not a list'],
  ["conntrack: { min: -1 }", "conntrack.min: -1 is not a whole number"],
  ["conntrack: { udpTimeout: -1s }", 'conntrack.udpTimeout: "-1s" is not a duration'],
  ["conntrack: 1", "conntrack: 1 is not an object"],
  ["oomScoreAdj: 1001", "oomScoreAdj: 1001 is not a whole number from -1000 to 1000"],
  ["clientConnection: { burst: -1 }", "clientConnection.burst: -1 is not a whole number"],
  [
    "detectLocalMode: Pods",
    'detectLocalMode: "Pods" is not one of ClusterCIDR, NodeCIDR, BridgeInterface, InterfaceNamePrefix',
  ],
  ["detectLocalMode: BridgeInterface", 'detectLocal.bridgeInterface: "" is not an interface name'],
  ["detectLocalMode: InterfaceNamePrefix", 'detectLocal.interfaceNamePrefix: "" is not an interface name'],
  ["clusterCIDR: 10.244.0.0", 'clusterCIDR: "10.244.0.0" is not a list of networks'],
  ["enableProfiling: 'yes'", 'enableProfiling: "yes" is not true or false'],
  ["enableProfiling: yES", 'enableProfiling: "yES" is not true or false'],
  ["featureGates: { A: 1 }", "featureGates.A: 1 is not true or false"],
  ["featureGates: { A: 'true' }", 'featureGates.A: "true" is not true or false'],
  ["featureGates: A=maybe", 'featureGates.A: "maybe" is not true or false'],
  ["featureGates: A", 'featureGates.A: "" is not true or false'],
  ["featureGates: [A]", "featureGates: a list is not a record"],
  ["hostnameOverride: ' '", 'hostnameOverride: " " is blank'],
] as const;

test.each(fatal)("B-272 an error: %s", (lines, error) => {
  const { config, errors } = decoded(`${header}${lines}\n`);
  expect(config).toBeUndefined();
  expect(errors).toEqual([expect.stringContaining(error)]);
});

test.each(["a b", "a/b", "a:b", 'a"b', "a\\b", "a*", "a\tb", "ä", "abcdefghijklmnop", " ", "a\u0000"])(
  "B-127 W-02 %j is no interface name",
  (name) => {
    const text = nftables(
      `detectLocalMode: BridgeInterface\ndetectLocal: { bridgeInterface: ${JSON.stringify(name)} }`,
    );
    expect(decoded(text).errors).toEqual([expect.stringContaining("detectLocal.bridgeInterface: ")]);
  },
);

test.each(["bridge", "counter", "1eth*".slice(0, 4), "wg+0", "a@b", "br-1.100", "abcdefghijklmno", "$x", "{;}"])(
  "K-05 %j is an interface name",
  (name) => {
    const text = nftables(
      `detectLocalMode: BridgeInterface\ndetectLocal: { bridgeInterface: ${JSON.stringify(name)} }`,
    );
    expect(decoded(text).errors).toEqual([]);
  },
);

test.each([
  ["nothing", "", "kind: is not KubeProxyConfiguration"],
  ["a text", "x", "kind: is not KubeProxyConfiguration"],
  ["another kind", "kind: Service", "kind: is not KubeProxyConfiguration"],
  [
    "another version",
    header.replace("v1alpha1", "v2"),
    'apiVersion: "kubeproxy.config.k8s.io/v2" is not kubeproxy.config.k8s.io/v1alpha1',
  ],
  ["a ConfigMap of another kind", "kind: ConfigMap\ndata: { a: b }", "kind: is not KubeProxyConfiguration"],
  ["a ConfigMap without data", "kind: ConfigMap", "kind: is not KubeProxyConfiguration"],
  ["no YAML", "a: [", ": line 1: "],
])("%s is an error", (_, text, error) => {
  const { config, errors } = decoded(text);
  expect(config).toBeUndefined();
  expect(errors).toEqual([expect.stringContaining(error)]);
});

test("problems and errors name the file", () => {
  const { problems, errors } = decodeConfig(nftables("a: 1\nb: 2"), "x.yaml");
  expect([...problems, ...errors].map(({ source }) => source)).toEqual([{ file: "x.yaml" }, { file: "x.yaml" }]);
});

test("decoding never throws, whatever the text", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.string().map(nftables)), (text) => void decodeConfig(text)));
});
