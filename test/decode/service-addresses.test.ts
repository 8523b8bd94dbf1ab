import { expect, test } from "@jest/globals";
import { decoded, service } from "./decoded-service.ts";

const externalIPs = [
  ["B-017 both families, in their order", ["2001:db8::1", "192.0.2.1"], ["2001:db8::1", "192.0.2.1"], []],
  ["B-018 an empty text", ["", "192.0.2.1"], ["192.0.2.1"], []],
  ["B-018 no address", ["www", "192.0.2.1"], ["192.0.2.1"], ['[0]: "www" is not an IP address']],
  ["B-018 a CIDR", ["192.0.2.0/24"], [], ['[0]: "192.0.2.0/24" is not an IP address']],
  ["B-018 a number", [7], [], ["[0]: 7 is not an IP address"]],
  [
    "B-018 loopback",
    ["127.1.2.3", "::1"],
    [],
    ['[0]: "127.1.2.3" is a loopback address', '[1]: "::1" is a loopback address'],
  ],
  [
    "B-018 unspecified",
    ["0.0.0.0", "::"],
    [],
    ['[0]: "0.0.0.0" is an unspecified address', '[1]: "::" is an unspecified address'],
  ],
  [
    "B-018 link-local",
    ["169.254.169.254", "fe80::1", "febf::1"],
    [],
    [
      '[0]: "169.254.169.254" is a link-local address',
      '[1]: "fe80::1" is a link-local address',
      '[2]: "febf::1" is a link-local address',
    ],
  ],
  [
    "B-018 multicast",
    ["224.0.0.1", "239.9.9.9", "ff02::1"],
    [],
    [
      '[0]: "224.0.0.1" is a multicast address',
      '[1]: "239.9.9.9" is a multicast address',
      '[2]: "ff02::1" is a multicast address',
    ],
  ],
  [
    "B-018 neighbours of what is special",
    ["169.253.0.1", "223.0.0.1", "223.255.255.255", "fec0::1", "fe7f::1", "ff::1"],
    ["169.253.0.1", "223.0.0.1", "223.255.255.255", "fec0::1", "fe7f::1", "ff::1"],
    [],
  ],
  [
    "B-018 IPv4 in IPv6 clothes",
    ["::ffff:127.0.0.1", "::ffff:192.0.2.1"],
    ["192.0.2.1"],
    ['[0]: "::ffff:127.0.0.1" is a loopback address'],
  ],
  [
    "forms of special IPv4 addresses",
    ["::127.0.0.1", "::ffff:0:127.1.2.3", "64:ff9b::169.254.169.254", "64:ff9b:1::127.0.0.1", "2002:e000:1::9", "::2"],
    [],
    [
      '[0]: "::127.0.0.1" is a form of 127.0.0.1, a loopback address',
      '[1]: "::ffff:0:127.1.2.3" is a form of 127.1.2.3, a loopback address',
      '[2]: "64:ff9b::169.254.169.254" is a form of 169.254.169.254, a link-local address',
      '[3]: "64:ff9b:1::127.0.0.1" is a form of 127.0.0.1, a loopback address',
      '[4]: "2002:e000:1::9" is a form of 224.0.0.1, a multicast address',
      '[5]: "::2" is a form of 0.0.0.2, an unspecified address',
    ],
  ],
  [
    "forms of others",
    ["64:ff9b::192.0.2.1", "2002:c000:201::1", "64:ff9a::7f00:1", "0:1::7f00:1", "::ffff:1:127.0.0.1"],
    ["64:ff9b::c000:201", "2002:c000:201::1", "64:ff9a::7f00:1", "0:1::7f00:1", "::ffff:1:7f00:1"],
    [],
  ],
  ["B-019 leading zeros, so twice the same", ["192.0.2.001", "192.0.2.1"], ["192.0.2.1"], []],
] as const;

test.each(externalIPs)("externalIPs: %s", (_, given, expected, problems) => {
  const read = decoded(service({ spec: { externalIPs: given } }));
  expect(read.value?.externalIPs).toEqual(expected);
  expect(read.problems).toEqual(problems.map((problem) => `spec.externalIPs${problem}; it is not served`));
});

const loadBalancerIPs = [
  [
    "B-020 VIP, and no mode",
    [{ ip: "203.0.113.1", ipMode: "VIP" }, { ip: "203.0.113.2" }, { ip: "2001:db8::1", ipMode: null }],
    ["203.0.113.1", "203.0.113.2", "2001:db8::1"],
    [],
  ],
  [
    "B-020 Proxy, and what is to come",
    [
      { ip: "203.0.113.1", ipMode: "Proxy" },
      { ip: "203.0.113.2", ipMode: "Other" },
    ],
    [],
    [],
  ],
  ["B-020 a hostname only", [{ hostname: "lb.example" }, { hostname: "lb.example", ip: "" }], [], []],
  [
    "a bad one",
    [{ ip: "x" }, { ip: "203.0.113.1" }],
    ["203.0.113.1"],
    ['status.loadBalancer.ingress[0].ip: "x" is not an IP address; it is not served'],
  ],
  ["an entry that is none", ["x"], [], ['status.loadBalancer.ingress[0]: "x" is not an object; it is not served']],
] as const;

test.each(loadBalancerIPs)("load balancer IPs: %s", (_, entries, expected, problems) => {
  const read = decoded({ ...service(), status: { loadBalancer: { ingress: entries } } });
  expect(read.value?.loadBalancerIPs).toEqual(expected);
  expect(read.problems).toEqual(problems);
});

const sourceRanges = [
  ["none", [], undefined, 0],
  ["B-033 white space", [" 10.0.0.0/8\t"], ["10.0.0.0/8"], 0],
  ["B-019 leading zeros and host bits", ["203.0.113.000/025", "10.1.2.3/8"], ["203.0.113.0/25", "10.0.0.0/8"], 0],
  ["B-033 a zero-length prefix stays", ["0.0.0.0/0", "10.0.0.0/8"], ["0.0.0.0/0", "10.0.0.0/8"], 0],
  ["B-033 one bad entry", ["x", "10.0.0.0/8"], ["10.0.0.0/8"], 1],
  ["W-12 only bad entries fail closed", ["x", "10.0.0.1", "10.0.0.0/33", ""], [], 4],
  ["W-12 a text fails closed", "10.0.0.0/8", [], 1],
] as const;

test.each(sourceRanges)("loadBalancerSourceRanges: %s", (_, loadBalancerSourceRanges, expected, problems) => {
  const read = decoded(service({ spec: { loadBalancerSourceRanges } }));
  expect(read.value?.loadBalancerSourceRanges).toEqual(expected);
  expect(read.problems).toHaveLength(problems);
});
