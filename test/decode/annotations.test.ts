import { expect, test } from "@jest/globals";
import { decoded, service } from "./decoded-service.ts";

const everywhere = ["0.0.0.0/0", "::/0"];
const ranges = "kube-nft.io/node-port-source-ranges";
const deny = "kube-nft.io/deny-source-ranges";
const expose = "kube-nft.io/expose";

test.each([
  {
    what: "A-10 networks of both families",
    given: { [ranges]: "192.0.2.1/24, fd00::/8" },
    asked: { nodePortSourceRanges: ["192.0.2.0/24", "fd00::/8"] },
    problems: [],
  },
  {
    what: "A-12 networks that are none allow nobody",
    given: { [ranges]: "192.0.2.0/24,10.0.0.0/33,,host" },
    asked: { nodePortSourceRanges: ["192.0.2.0/24"] },
    problems: ['"10.0.0.0/33" is not a network in CIDR notation', '"" is not a network', '"host" is not a network'],
  },
  {
    what: "A-12 nothing allows nobody",
    given: { [ranges]: "" },
    asked: { nodePortSourceRanges: [] },
    problems: ["; it allows no source"],
  },
  {
    what: "A-12 what is no text allows nobody",
    given: { [ranges]: ["10.0.0.0/8"] },
    asked: { nodePortSourceRanges: [] },
    problems: ['"a list" is not a network'],
  },
  {
    what: "A-13 denied ones",
    given: { [deny]: "10.0.0.0/8" },
    asked: { denySourceRanges: ["10.0.0.0/8"] },
    problems: [],
  },
  {
    what: "A-14 everybody is denied by what cannot be read",
    given: { [deny]: "10.0.0.0/8, 192.0.2.0" },
    asked: { denySourceRanges: everywhere },
    problems: ['"192.0.2.0" is not a network in CIDR notation; all sources are denied'],
  },
  { what: "A-14 and by nothing", given: { [deny]: "" }, asked: { denySourceRanges: everywhere }, problems: ["denied"] },
  {
    what: "A-15 kinds",
    given: { [expose]: "ClusterIP, NodePort" },
    asked: { expose: ["ClusterIP", "NodePort"] },
    problems: [],
  },
  {
    what: "A-16 words that are no kinds",
    given: { [expose]: "clusterip,LoadBalancer" },
    asked: { expose: ["LoadBalancer"] },
    problems: ['"clusterip" is not one of ClusterIP, LoadBalancer, ExternalIP, NodePort; it exposes nothing'],
  },
  {
    what: "a misspelt name",
    given: { "kube-nft.io/deny-source-range": "10.0.0.0/8", "kube-nft.io/\u001b": "1" },
    asked: {},
    problems: ["is unknown (did you mean kube-nft.io/deny-source-ranges?); it is ignored", "is unknown; it is ignored"],
  },
])("$what", ({ given, asked, problems }) => {
  const { value, problems: others } = decoded(service({ metadata: { annotations: given } }));
  const { problems: found = [], ...read } = value?.annotations ?? { problems: [] };
  expect(read).toEqual(asked);
  expect(found.map(({ message }) => message)).toEqual(problems.map((each) => expect.stringContaining(each)));
  expect(others).toEqual([]);
});

test("annotations of others are not kept", () => {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}" };
  expect(decoded(service({ metadata: { annotations } })).value?.annotations).toBeUndefined();
  expect(decoded(service({ metadata: { annotations: 1 } })).value?.annotations).toBeUndefined();
});

test("of many wrong items only some are told", () => {
  const annotations = { [expose]: "x,".repeat(10_000) };
  expect(decoded(service({ metadata: { annotations } })).value?.annotations?.problems).toHaveLength(10);
});
