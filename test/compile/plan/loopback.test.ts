import { expect, test } from "@jest/globals";
import { loopbackPlaces } from "../../../src/compile/plan/loopback.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { endpoint, ip, networks, planAmong, portOf, service, servicePort, slice } from "../values.ts";

const own = {
  ...settings.families.ip,
  nodeIP: ip("192.0.2.10"),
  nodePortAddresses: { addresses: [], any: false, loopback: true },
};

const rows = [
  { sources: undefined, denied: [], count: 1 },
  { sources: networks("192.0.2.0/24"), denied: [], count: 1 },
  { sources: networks("198.51.100.0/24"), denied: [], count: 0 },
  { sources: [], denied: [], count: 0 },
  { sources: undefined, denied: networks("198.51.100.0/24"), count: 1 },
  { sources: undefined, denied: networks("192.0.2.0/24"), count: 0 },
  { sources: networks("192.0.2.0/24"), denied: networks("192.0.2.10/32"), count: 0 },
];

test.each(rows)("loopback is this node itself: sources $sources, denied $denied", ({ sources, denied, count }) => {
  const ports = [servicePort({ nodePort: portOf(30080) })];
  const [port] = planAmong(service({ type: "NodePort", ports }), [slice([endpoint("10.0.0.1")])], settings).ports;
  const frontend = port?.frontends.find((each) => each.frontend.kind === "nodePort");
  if (port === undefined || frontend === undefined) throw new Error("there is no NodePort");
  const restricted = { ...frontend, sources, denied };
  expect(loopbackPlaces(port, restricted, own)).toHaveLength(count);
  expect(loopbackPlaces(port, restricted, { ...own, nodeIP: undefined })).toHaveLength(
    sources === undefined && denied.length === 0 ? 1 : 0,
  );
});
