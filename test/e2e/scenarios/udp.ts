import { endpoints, servicePorts, web } from "./objects.ts";
import type { Scenario } from "./scenario.ts";

const last = 53;

const service = (spec: object = {}) =>
  web(
    last,
    {
      type: "LoadBalancer",
      externalIPs: ["198.51.100.53"],
      ports: servicePorts({ nodePort: 30053 }),
      ...spec,
    },
    ["203.0.113.53"],
  );

/** Each kind of client at each kind of frontend; their answers by where the endpoint is. */
function flows(answer: string, { isMasqueraded = true, isHost2 = false } = {}): readonly string[] {
  const always = isMasqueraded ? ", masqueraded" : "";
  // Packets that reach the endpoint's own node through its input are not masqueraded there.
  const atNode2 = isMasqueraded && !isHost2 ? ", masqueraded" : "";
  return [
    `B-327 pod4 -> 10.96.0.53:80/udp: ${answer}`,
    `B-327 pod6 -> 10.96.0.53:80/udp: ${answer}`,
    `B-327 client -> 10.96.0.53:80/udp: ${answer}${always}`,
    `B-327 node -> 10.96.0.53:80/udp: ${answer}${always}`,
    `B-327 node3 -> 10.96.0.53:80/udp: ${answer}${always}`,
    `B-327 client -> 203.0.113.53:80/udp: ${answer}${always}`,
    `B-327 pod4 -> 203.0.113.53:80/udp: ${answer}${always}`,
    `B-327 node3 -> 203.0.113.53:80/udp: ${answer}${always}`,
    `B-327 client -> 198.51.100.53:80/udp: ${answer}${always}`,
    `B-327 pod6 -> 198.51.100.53:80/udp: ${answer}${always}`,
    `B-327 node -> 198.51.100.53:80/udp: ${answer}${always}`,
    `B-327 client -> 192.0.2.10:30053/udp: ${answer}${always}`,
    `B-327 client -> 192.0.2.20:30053/udp: ${answer}${atNode2}`,
    `B-327 client -> 192.0.2.30:30053/udp: ${answer}${always}`,
    `B-327 node -> 192.0.2.10:30053/udp: ${answer}${always}`,
    `B-327 pod4 -> 192.0.2.20:30053/udp: ${answer}${atNode2}`,
  ];
}

const nobody = flows("refused", { isMasqueraded: false });
const fromHere = flows("pod1:8080");

/** UDP clients that keep their port, as resolvers do, at each kind of frontend. */
export const udpClients: Scenario = {
  name: "UDP clients that keep their port, at each kind of frontend",
  steps: [
    {
      what: "an endpoint on the first node",
      put: [service(), endpoints(last, ["pod1"])],
      flows: fromHere,
    },
    {
      what: "one more: nobody moves",
      put: [endpoints(last, ["pod1", "pod5"])],
      waitsForAll: true,
      flows: fromHere,
    },
    { what: "it is replaced on its node", put: [endpoints(last, ["pod2"])], flows: flows("pod2:8080") },
    {
      what: "it moves to another node",
      put: [endpoints(last, ["pod5"])],
      flows: flows("pod5:8080", { isHost2: true }),
    },
    { what: "there is none", put: [endpoints(last, [])], flows: nobody },
    { what: "it comes back", put: [endpoints(last, ["pod1"])], flows: fromHere },
    { what: "it becomes unready", put: [endpoints(last, [{ at: "pod1", state: "unready" }])], flows: nobody },
    { what: "it becomes ready", put: [endpoints(last, ["pod1"])], flows: fromHere },
    { what: "its port changes", put: [endpoints(last, ["pod1"], { port: 53 })], flows: flows("pod1:53") },
    { what: "its port changes back", put: [endpoints(last, ["pod1"])], flows: fromHere },
    {
      what: "affinity comes: nobody moves",
      put: [service({ sessionAffinity: "ClientIP" })],
      waitsForAll: true,
      flows: fromHere,
    },
    { what: "affinity goes", put: [service()], waitsForAll: true, flows: fromHere },
    {
      what: "the Service is deleted, and made again at once",
      delete: [service()],
      put: [service(), endpoints(last, ["pod2"])],
      flows: flows("pod2:8080"),
    },
    {
      what: "externalTrafficPolicy becomes Local, and the endpoint is elsewhere",
      put: [service({ externalTrafficPolicy: "Local" }), endpoints(last, ["pod5"])],
      flows: [
        "B-327 client -> 192.0.2.20:30053/udp: pod5:8080",
        "B-327 client -> 203.0.113.53:80/udp: dropped",
        "B-327 pod6 -> 198.51.100.53:80/udp: pod5:8080",
        "B-327 node3 -> 203.0.113.53:80/udp: pod5:8080, masqueraded",
      ],
    },
    {
      what: "it moves to where the packets come in",
      put: [endpoints(last, ["pod1"])],
      flows: [
        "B-327 client -> 203.0.113.53:80/udp: pod1:8080",
        "B-327 client -> 192.0.2.10:30053/udp: pod1:8080",
        "B-327 client -> 192.0.2.20:30053/udp: dropped",
        "B-327 node3 -> 203.0.113.53:80/udp: pod1:8080, masqueraded",
      ],
    },
    {
      what: "it is a ClusterIP Service",
      put: [web(last)],
      flows: [
        "B-327 pod4 -> 10.96.0.53:80/udp: pod1:8080",
        "B-327 client -> 203.0.113.53:80/udp: left alone",
        "B-327 client -> 192.0.2.30:30053/udp: refused",
      ],
    },
  ],
};
