import { expect, test } from "@jest/globals";
import { decoded, service } from "./decoded-service.ts";

const web = { name: "web", protocol: "tcp", port: 80, nodePort: undefined };
const ports = [
  [
    "B-027 protocols",
    [
      { name: "a", protocol: "TCP", port: 1 },
      { name: "b", protocol: "UDP", port: 1 },
      { name: "c", protocol: "SCTP", port: 1 },
    ],
    [
      { name: "a", protocol: "tcp", port: 1, nodePort: undefined },
      { name: "b", protocol: "udp", port: 1, nodePort: undefined },
      { name: "c", protocol: "sctp", port: 1, nodePort: undefined },
    ],
    [],
  ],
  ["B-025 nodePort 0", [{ name: "web", port: 80, nodePort: 0 }], [web], []],
  [
    "a bad nodePort costs the NodePort",
    [{ name: "web", port: 80, nodePort: 70000 }],
    [web],
    ["[0].nodePort: 70000 is not a port number (1 to 65535); this port has no NodePort"],
  ],
  [
    "a bad port costs the port",
    [
      { name: "x", port: 70000 },
      { name: "web", port: 80 },
    ],
    [web],
    ["[0].port: 70000 is not a port number (1 to 65535); this port is not served"],
  ],
  ["port 0", [{ port: 0 }], [], ["[0].port: 0 is not a port number (1 to 65535); this port is not served"]],
  ["half a port", [{ port: 80.5 }], [], ["[0].port: 80.5 is not a port number (1 to 65535); this port is not served"]],
  ["no port", [{ name: "web" }], [], ["[0].port: is missing; this port is not served"]],
  [
    "a port as a text",
    [{ port: "0080" }],
    [],
    ['[0].port: "0080" is not a port number (1 to 65535); this port is not served'],
  ],
  [
    "a protocol in lower case",
    [{ port: 80, protocol: "tcp" }],
    [],
    ['[0].protocol: "tcp" is not one of TCP, UDP, SCTP; this port is not served'],
  ],
  [
    "a protocol that all objects have",
    [{ port: 80, protocol: "constructor" }],
    [],
    ['[0].protocol: "constructor" is not one of TCP, UDP, SCTP; this port is not served'],
  ],
  [
    "a name for a comment",
    [{ port: 80, name: 'a" ; flush ruleset' }],
    [],
    ['[0].name: "a\\" ; flush ruleset" is not a port name'],
  ],
  [
    "a port that is none",
    [80, null, { name: "web", port: 80 }],
    [web],
    ["[0]: 80 is not an object; this port is not served", "[1]: is missing; this port is not served"],
  ],
  [
    "B-026 a name twice",
    [
      { name: "web", port: 80 },
      { name: "web", port: 81 },
    ],
    [web],
    ['[1].name: "web" occurs twice for one protocol; this port is not served'],
  ],
  [
    "B-026 a name twice, for two protocols",
    [
      { name: "web", port: 80 },
      { name: "web", port: 80, protocol: "UDP" },
    ],
    [web, { ...web, protocol: "udp" }],
    [],
  ],
  ["none", [], [], [": is empty; nothing is served"]],
  ["no list", { port: 80 }, [], [": an object is not a list; it is ignored"]],
] as const;

test.each(ports)("ports: %s", (_, given, expected, problems) => {
  const read = decoded(service({ spec: { ports: given } }));
  expect(read.value?.ports).toEqual(expected);
  expect(read.problems).toEqual(problems.map((problem) => expect.stringContaining(`spec.ports${problem}`)));
});

const healthChecks = [
  ["LoadBalancer", "Local", 31000, 31000, []],
  ["LoadBalancer", "Cluster", 31000, undefined, []],
  ["NodePort", "Local", 31000, undefined, []],
  ["LoadBalancer", "Local", 0, undefined, ["spec.healthCheckNodePort: is missing; "]],
  ["LoadBalancer", "Local", 70000, undefined, ["spec.healthCheckNodePort: 70000 is not a port number"]],
] as const;

test.each(healthChecks)(
  "B-034 type %s with policy %s and healthCheckNodePort %d",
  (type, policy, given, port, problems) => {
    const read = decoded(service({ spec: { type, externalTrafficPolicy: policy, healthCheckNodePort: given } }));
    expect(read.value?.healthCheckNodePort).toBe(port);
    expect(read.problems).toEqual(problems.map((problem) => expect.stringContaining(problem)));
  },
);
