import { expect, test } from "@jest/globals";
import { decoded, service } from "./decoded-service.ts";

const clusterIPs = [
  ["B-015 the legacy field", { clusterIP: "fd00::1" }, ["fd00::1"], []],
  ["B-015 the list, without ipFamilies", { clusterIPs: ["10.96.0.1", "fd00::1"] }, ["10.96.0.1", "fd00::1"], []],
  ["B-015 the list alone", { clusterIP: undefined, clusterIPs: ["10.96.0.1"] }, ["10.96.0.1"], []],
  ["B-015 ipFamilies with the legacy field alone", { ipFamilies: ["IPv4"] }, ["10.96.0.1"], []],
  [
    "B-015 IPv6 first",
    { clusterIP: "fd00::1", clusterIPs: ["fd00::1", "10.96.0.1"], ipFamilies: ["IPv6", "IPv4"] },
    ["fd00::1", "10.96.0.1"],
    [],
  ],
  [
    "B-015 a ClusterIP beyond ipFamilies",
    { clusterIPs: ["10.96.0.1", "fd00::1"], ipFamilies: ["IPv4"] },
    ["10.96.0.1"],
    ['spec.clusterIPs[1]: "fd00::1" has no family in spec.ipFamilies; it is not served'],
  ],
  [
    "B-016 a family without a ClusterIP",
    { clusterIPs: ["10.96.0.1"], ipFamilies: ["IPv4", "IPv6"] },
    ["10.96.0.1"],
    [],
  ],
  [
    "B-015 families the wrong way round",
    { clusterIPs: ["10.96.0.1", "fd00::1"], ipFamilies: ["IPv6", "IPv6"] },
    ["fd00::1"],
    ['spec.clusterIPs[0]: "10.96.0.1" is not of the family IPv6, as spec.ipFamilies[0] says; it is not served'],
  ],
  [
    "two of a family",
    { clusterIPs: ["10.96.0.1", "10.96.0.2"] },
    ["10.96.0.1"],
    ['spec.clusterIPs[1]: "10.96.0.2" is the second of its family; it is not served'],
  ],
  [
    "a bad one of two",
    { clusterIPs: ["10.96.0.1", "x"] },
    ["10.96.0.1"],
    ['spec.clusterIPs[1]: "x" is not an IP address; it is not served'],
  ],
  [
    "a bad family",
    { clusterIPs: ["10.96.0.1"], ipFamilies: ["ipv4"] },
    ["10.96.0.1"],
    ['spec.ipFamilies[0]: "ipv4" is not one of IPv4, IPv6; it is ignored'],
  ],
  [
    "fields that contradict each other",
    { clusterIP: "10.96.0.2", clusterIPs: ["10.96.0.1"] },
    ["10.96.0.1"],
    ['spec.clusterIP: "10.96.0.2" differs from spec.clusterIPs[0]; it is ignored'],
  ],
  ["B-019 leading zeros", { clusterIP: "172.030.0.041" }, ["172.30.0.41"], []],
  [
    "a list that is none",
    { clusterIPs: "10.96.0.1" },
    ["10.96.0.1"],
    ['spec.clusterIPs: "10.96.0.1" is not a list; it is ignored'],
  ],
] as const;

test.each(clusterIPs)("%s", (_, spec, expected, problems) => {
  const read = decoded(service({ spec }));
  expect(read.value?.clusterIPs).toEqual(expected);
  expect(read.problems).toEqual(problems);
});
