import { expect, test } from "@jest/globals";
import { portChains } from "../../../../src/compile/lower/iptables/names.ts";

/** As they are on nodes of any cluster, or in kube-proxy's own tests. */
test.each([
  { port: "default/kubernetes:https", protocol: "tcp", chain: "KUBE-SVC-NPX46M4PTMTKRN6Y" },
  { port: "kube-system/kube-dns:dns", protocol: "udp", chain: "KUBE-SVC-TCOU7JCQXEZGVUNU" },
  { port: "kube-system/kube-dns:dns-tcp", protocol: "tcp", chain: "KUBE-SVC-ERIFXISQEP7F7OF4" },
  { port: "kube-system/kube-dns:metrics", protocol: "tcp", chain: "KUBE-SVC-JD5MR3NA4I4DYORP" },
  { port: "ns1/svc1:p80", protocol: "tcp", chain: "KUBE-SVC-XPGD46QRK7WJZT7O" },
] as const)("the chain of $port is $chain", ({ port, protocol, chain }) => {
  expect(portChains(port, protocol).cluster).toBe(chain);
});

test.each([
  { port: "ns1/svc1:p80", endpoint: "10.180.0.1:80", chain: "KUBE-SEP-SXIVWICOYRO3J4NJ" },
  { port: "ns4/svc4:p80", endpoint: "10.180.0.4:80", chain: "KUBE-SEP-UKSFD7AGPMPPLUHC" },
  { port: "ns4/svc4:p80", endpoint: "10.180.0.5:80", chain: "KUBE-SEP-C6EBXVWJJZMIWKLZ" },
])("the chain of endpoint $endpoint of $port is $chain", ({ port, endpoint, chain }) => {
  expect(portChains(port, "tcp").endpoint(endpoint)).toBe(chain);
});
