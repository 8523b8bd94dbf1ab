import { expect, test } from "@jest/globals";
import { goneFrontends, protocolsAffected } from "../../../src/daemon/follow/flow-changes.ts";
import type { EndpointSlice } from "../../../src/model/endpoint-slice.ts";
import type { Service } from "../../../src/model/service.ts";
import { endpoint, ip, ips, planAmong, portOf, service, servicePort, slice } from "../../compile/values.ts";
import { settings } from "../../support/arbitrary-cluster.ts";

const ports = (["tcp", "udp"] as const).map((protocol) => ({ name: protocol, protocol, port: portOf(80) }));

function plan(fields: Partial<Service> = {}, endpoints = [endpoint("10.0.0.1"), endpoint("10.0.0.2")]) {
  const slicePorts: EndpointSlice["ports"] = [{ name: "tcp", protocol: "tcp", port: portOf(8080) }];
  const both = ports.map(servicePort);
  const slices = [slice(endpoints, { ports: slicePorts })];
  return planAmong(service({ type: "NodePort", ports: both, ...fields }), slices, settings);
}

const [tcpPort, udpPort] = ports.map(servicePort);
if (tcpPort === undefined || udpPort === undefined) throw new Error("no ports");
const notReady = endpoint("10.0.0.2", { ready: false });
const notServing = endpoint("10.0.0.2", { ready: false, serving: false });
const [udp, tcpUDP] = [["udp"], ["tcp", "udp"]];
const changes = [
  ["nothing", plan(), []],
  ["an endpoint that comes", plan({}, [endpoint("10.0.0.1"), endpoint("10.0.0.2"), endpoint("10.0.0.3")]), []],
  ["an endpoint that is not ready, but serves", plan({}, [endpoint("10.0.0.1"), notReady]), []],
  ["an endpoint that no longer serves", plan({}, [endpoint("10.0.0.1"), notServing]), ["tcp"]],
  ["an endpoint that goes", plan({}, [endpoint("10.0.0.1")]), ["tcp"]],
  ["a frontend that comes", plan({ externalIPs: ips("1.1.1.1") }), tcpUDP],
  ["a nodePort that comes", plan({ ports: [tcpPort, { ...udpPort, nodePort: portOf(30080) }] }), udp],
  ["a port that goes", plan({ ports: [tcpPort] }), udp],
  ["a policy that is another", plan({ externalTrafficPolicy: "Local" }), []],
  ["a Service that goes", undefined, tcpUDP],
] as const;

test.each(changes)("%s: flows of %j may be stale", (_, after, protocols) => {
  expect([...protocolsAffected({ before: plan(), after })]).toEqual(protocols);
});

test("an endpoint that becomes ready where there was none, also on this node under policy Local", () => {
  const [before, after] = [plan({}, [{ ...notReady, address: ip("10.0.0.1") }]), plan({}, [endpoint("10.0.0.1")])];
  expect([...protocolsAffected({ before, after })]).toEqual(["tcp"]);
  const local = { externalIPs: ips("1.1.1.1"), externalTrafficPolicy: "Local" } as const;
  const both = [endpoint("10.0.0.1", { nodeName: "there" }), notReady];
  const [none, here] = [plan(local, both), plan(local, [...both.slice(0, 1), endpoint("10.0.0.2")])];
  expect([...protocolsAffected({ before: none, after: here })]).toEqual(["tcp"]);
});

test("a new Service, and a policy that external frontends have", () => {
  expect([...protocolsAffected({ before: undefined, after: plan() })]).toEqual(tcpUDP);
  const [before, after] = (["Cluster", "Local"] as const).map((externalTrafficPolicy) =>
    plan({ externalIPs: ips("1.1.1.1"), externalTrafficPolicy }),
  );
  expect([...protocolsAffected({ before, after })]).toEqual(tcpUDP);
});

test("the UDP frontends that are gone", () => {
  const before = plan({ externalIPs: ips("1.1.1.1") });
  expect(goneFrontends({ before, after: plan() })).toEqual(["1.1.1.1 udp 80"]);
  expect(goneFrontends({ before, after: undefined })).toEqual(["10.96.0.10 udp 80", "1.1.1.1 udp 80"]);
  expect(goneFrontends({ before: undefined, after: before })).toEqual([]);
});
