import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { port } from "../../src/model/port.ts";
import { comparePrecedence, compareText, serviceKey, servicePortName } from "../../src/model/service.ts";
import { arbitraryService } from "../support/arbitrary-cluster.ts";

test("a port is a whole number from 1 to 65535", () => {
  for (const number of [1, 80, 65535]) expect(port(number)).toBe(number);
  for (const number of [0, -1, 65536, 70000, 80.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(port(number)).toBeUndefined();
  }
});

test("W-17 the oldest Service comes first, then the first by key, and one without a time last", () => {
  fc.assert(
    fc.property(arbitraryService, arbitraryService, (a, b) => {
      const expected =
        a.created === b.created ? compareText(serviceKey(a), serviceKey(b)) : a.created < b.created ? -1 : 1;
      expect(comparePrecedence(a, b)).toBe(expected);
      expect(comparePrecedence(b, a)).toBe(expected === 0 ? 0 : -expected);
    }),
  );
});

test("a service port is named by namespace, name and port name, if it has one", () => {
  fc.assert(
    fc.property(arbitraryService, (service) => {
      for (const each of service.ports) {
        const suffix = each.name === "" ? "" : `:${each.name}`;
        expect(servicePortName(service, each)).toBe(`${service.namespace}/${service.name}${suffix}`);
      }
    }),
  );
});

test("texts are ordered by code unit, whatever the host's locale", () => {
  expect(["b", "a", "B", "ä", "a-b", "ab", ""].sort(compareText)).toEqual(["", "B", "a", "a-b", "ab", "b", "ä"]);
});
