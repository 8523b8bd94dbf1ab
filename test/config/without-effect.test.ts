import { expect, test } from "@jest/globals";
import { defaultConfig } from "../support/default-config.ts";
import { decoded, header, nftables } from "./decoded.ts";

const lenient: readonly (readonly [string, string, readonly string[], object?])[] = [
  [
    "unknown fields",
    "syncPeriod: 1s\nconntrack: { max: 1 }\nnftables: { toString: 1 }",
    [
      "syncPeriod: is unknown; it is ignored",
      "nftables.toString: is unknown; it is ignored",
      "conntrack.max: is unknown; it is ignored",
    ],
  ],
  ["a field that is given twice", "oomScoreAdj: 1\noomScoreAdj: -999", [": line 5: duplicated mapping key"]],
  [
    "fields that a terminal would act on",
    '"\\e[31m": 1\nconntrack: { "a b": 1 }',
    ['"\\u001b[31m": is unknown; it is ignored', 'conntrack."a b": is unknown; it is ignored'],
  ],
  [
    "feature gates",
    "featureGates: { A: true, B: off }",
    ["featureGates.A: has no effect", "featureGates.B: has no effect"],
  ],
  [
    "loopback addresses",
    "nodePortAddresses: [primary, localhost]\nfeatureGates: { KubeProxyNFTablesLocalhostNodePorts: true }",
    ["featureGates.KubeProxyNFTablesLocalhostNodePorts: has no effect"],
    { nodePortAddresses: ["primary", "localhost"] },
  ],
  [
    "fields without effect",
    "logging: { format: json, verbosity: 2, flushFrequency: 5s, options: { json: { infoBufferSize: 1Ki } } }\nwinkernel: { enableDSR: true }\niptables: { localhostNodePorts: false }\nipvs: { scheduler: rr }\nportRange: 1-2",
    [
      "logging.format: has no effect; the log is JSON, or text on a terminal",
      "logging.verbosity: has no effect; use -v",
      "logging.options.json.infoBufferSize: has no effect",
      "portRange: has no effect",
      "winkernel.enableDSR: has no effect",
    ],
  ],
];

test.each(lenient)("B-265 %s are no errors", (_, lines, problems, fields = {}) => {
  expect(decoded(nftables(lines))).toEqual({ config: { ...defaultConfig, ...fields }, problems, errors: [] });
});

test.each<[string, readonly string[]]>([
  [
    "iptables",
    [
      "iptables.localhostNodePorts: has no effect; add localhost to nodePortAddresses to have NodePorts on loopback addresses",
    ],
  ],
  ["ipvs", ["ipvs.scheduler: has no effect", "ipvs.excludeCIDRs: has no effect", "ipvs.strictARP: has no effect"]],
])("of the sections, that of the mode %s is looked at", (mode, problems) => {
  const lines = `iptables: { localhostNodePorts: true }\nipvs: { scheduler: rr, excludeCIDRs: [10.0.0.0/8], strictARP: yes, tcpTimeout: 0s }`;
  const { problems: found } = decoded(`${header}mode: ${mode}\n${lines}`);
  expect(found).toEqual([...problems, expect.stringContaining(`mode: is "${mode}"`)]);
});

test("settings without effect are reported", () => {
  const { config, problems } = decoded(nftables("clientConnection: { qps: 50, burst: 100 }\nenableProfiling: true"));
  const clientConnection = { ...defaultConfig.clientConnection, qps: 50, burst: 100 };
  expect(config).toEqual({ ...defaultConfig, clientConnection, enableProfiling: true });
  expect(problems).toEqual([
    "clientConnection.qps: has no effect; there are few requests, with a back-off after failures",
    "clientConnection.burst: has no effect; there are few requests, with a back-off after failures",
    "enableProfiling: has no effect; there is no profiling",
  ]);
});
