import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeConfig } from "../../src/config/config.ts";
import { defaultConfig } from "../support/default-config.ts";
import { kubeadm } from "./kubeadm.ts";

function decoded(text: string) {
  const { config, problems, notes, errors } = decodeConfig(text);
  return { config, problems: [...problems, ...notes].map(({ field, message }) => `${field}: ${message}`), errors };
}

/** The file that kubeadm writes, in each mode, differs from the defaults by this. */
const otherModes = { masqueradeAll: true, masqueradeBit: 15, nodePortAddresses: ["all"] };
const migrations = [
  ["nftables", { minSyncPeriod: 2000 }, []],
  ["", otherModes, ["mode: is not set, which means iptables; "]],
  ["iptables", otherModes, ['mode: is "iptables"; ']],
  ["ipvs", { ...otherModes, syncPeriod: 20_000, minSyncPeriod: 0 }, ['mode: is "ipvs"; ']],
] as const;

test.each(migrations)("B-130 B-270 B-271 a file of kubeadm with mode %j", (mode, fields, problems) => {
  const read = decoded(kubeadm.replace('mode: ""', `mode: "${mode}"`));
  expect(read.errors).toEqual([]);
  expect(read.problems).toEqual(problems.map((problem) => expect.stringContaining(problem)));
  expect(read.config).toEqual({
    ...defaultConfig,
    clientConnection: { ...defaultConfig.clientConnection, kubeconfig: "/var/lib/kube-proxy/kubeconfig.conf" },
    clusterCIDRs: ["10.244.0.0/16"],
    ...fields,
  });
});

const indented = kubeadm.replace('mode: ""', "mode: nftables").replaceAll(/^/gm, "    ");
const elsewhere = [
  [
    "the ConfigMap of kubeadm",
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: kube-proxy }\ndata:\n  kubeconfig.conf: x\n  config.conf: |-\n${indented}`,
  ],
  ["a ConfigMap with another key", `apiVersion: v1\nkind: ConfigMap\ndata:\n  other: x\n  config: |-\n${indented}`],
  [
    "a file of many documents",
    `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n---\n${kubeadm.replace('mode: ""', "mode: nftables")}`,
  ],
] as const;

test.each(elsewhere)("it is found in %s", (_, text) => {
  expect(decoded(text).config?.clusterCIDRs).toEqual(["10.244.0.0/16"]);
});

test("decoding never throws, whatever a field contains", () => {
  const fields = [...kubeadm.matchAll(/^(\w+):/gm)]
    .map(([, field = ""]) => field)
    .filter((field) => !/^(apiVersion|kind)$/.test(field));
  const changes = fc.dictionary(
    fc.constantFrom(...fields),
    fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom("masqueradeBit", "syncPeriod", "min", "qps"), fc.jsonValue()),
    ),
  );
  const header = { apiVersion: "kubeproxy.config.k8s.io/v1alpha1", kind: "KubeProxyConfiguration" };
  fc.assert(
    fc.property(changes, (change) => void decodeConfig(JSON.stringify({ ...change, ...header }))),
    { numRuns: 300 },
  );
});
