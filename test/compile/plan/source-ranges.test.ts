import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { allowedSources } from "../../../src/compile/plan/source-ranges.ts";
import type { Family } from "../../../src/model/address.ts";
import { addressFamily } from "../../../src/model/address.ts";
import { cidrContains, cidrFamily } from "../../../src/model/cidr.ts";
import { arbitraryService } from "../../support/arbitrary-cluster.ts";
import { ip, ips, networks, service } from "../values.ts";

const loadBalancerIPs = ips("203.0.113.1", "2001:db8::2");
const open = undefined;
const closed: readonly string[] = [];

describe("who may connect to load balancer IPs", () => {
  test.each<[string, readonly string[] | undefined, Family, string, readonly string[] | undefined]>([
    ["B-143 everybody without ranges", undefined, "ip", "192.0.2.10", open],
    ["B-146 the ranges", ["192.0.2.0/25", "198.51.100.0/24"], "ip", "10.0.0.1", ["192.0.2.0/25", "198.51.100.0/24"]],
    ["B-017 those of the family", ["192.0.2.0/25", "fd00::/8"], "ip6", "2001:db8:9::1", ["fd00::/8"]],
    ["B-033 everybody by a range of length zero", ["192.0.2.0/25", "0.0.0.0/0"], "ip", "10.0.0.1", open],
    ["B-033 one of the other family opens nothing", ["192.0.2.0/25", "::/0"], "ip", "10.0.0.1", ["192.0.2.0/25"]],
    ["W-12 nobody by ranges of the other family", ["fd00::/8"], "ip", "10.0.0.1", closed],
    ["W-12 nobody by an empty list", [], "ip6", "2001:db8:9::1", closed],
    [
      "B-147 the load balancer IP itself, where the node may",
      ["192.0.2.0/25"],
      "ip",
      "192.0.2.10",
      ["192.0.2.0/25", "203.0.113.1/32"],
    ],
    ["B-147 not where another of its addresses may", ["192.0.2.0/25"], "ip", "10.0.0.1", ["192.0.2.0/25"]],
    ["B-147 it may be in a range already", ["192.0.0.0/2"], "ip", "192.0.2.10", ["192.0.0.0/2"]],
    [
      "ranges in ranges once, in order",
      ["192.0.2.128/25", "10.0.0.0/8", "192.0.2.0/24"],
      "ip",
      "10.99.0.1",
      ["10.0.0.0/8", "192.0.2.0/24", "203.0.113.1/32"],
    ],
  ])("%s", (_, ranges, family, nodeIP, expected) => {
    const loadBalancerSourceRanges = ranges && networks(...ranges);
    const sources = allowedSources(service({ loadBalancerIPs, loadBalancerSourceRanges }), family, ip(nodeIP));
    expect(sources).toEqual(expected);
  });

  test("B-147 a node without an address of the family is in no range", () => {
    const loadBalancerSourceRanges = networks("192.0.2.0/25");
    expect(allowedSources(service({ loadBalancerIPs, loadBalancerSourceRanges }), "ip", undefined)).toEqual([
      "192.0.2.0/25",
    ]);
  });
});

test("W-12 ranges never let in whom none of them names, but for load balancer IPs", () => {
  fc.assert(
    fc.property(arbitraryService, fc.constantFrom<Family>("ip", "ip6"), (each, family) => {
      const sources = allowedSources(each, family, ip(family === "ip" ? "192.0.2.10" : "2001:db8:2::10"));
      const ranges = each.loadBalancerSourceRanges?.filter((range) => cidrFamily(range) === family);
      if (ranges === undefined) expect(sources).toBeUndefined();
      for (const source of sources ?? []) {
        const isOwn = each.loadBalancerIPs.some((own) => addressFamily(own) === family && cidrContains(source, own));
        expect(isOwn || ranges?.includes(source)).toBe(true);
      }
    }),
  );
});

test("adjacent ranges are one", () => {
  const ranges = networks("192.0.2.0/26", "192.0.2.64/26", "192.0.2.128/25", "198.51.100.0/25");
  const fields = { loadBalancerIPs, loadBalancerSourceRanges: ranges };
  expect(allowedSources(service(fields), "ip", undefined)).toEqual(networks("192.0.2.0/24", "198.51.100.0/25"));
});
