import { expect, test } from "@jest/globals";
import { endpointUses, isUsableSomewhere, type TrafficPolicies } from "../../../src/compile/plan/topology.ts";
import type { EndpointState } from "../../../src/model/endpoints.ts";

/**
 * An endpoint in words: `ready`, `serving`, `terminating`, `local` where they hold, `zone-a` and `node-1` for its hints.
 * It is named by its place: a, b, c…
 */
type Words = string;

/** The names of those in the list for policy Cluster, and in that for policy Local; whether any can take traffic. */
type Usable = readonly [cluster: string, local: string, existAnywhere: boolean];

const clusterIP: TrafficPolicies = { internal: "Cluster", external: "Cluster", isExternal: false };
const external: TrafficPolicies = { ...clusterIP, isExternal: true };
const internalLocal: TrafficPolicies = { ...clusterIP, internal: "Local" };
const externalLocal: TrafficPolicies = { ...external, external: "Local" };
const bothLocal: TrafficPolicies = { ...externalLocal, internal: "Local" };

test.each<[string, TrafficPolicies, readonly Words[], Usable]>([
  ["B-056 ready endpoints", clusterIP, ["ready serving", "ready serving"], ["ab", "", true]],
  ["B-056 ready ones, whatever else is said", clusterIP, ["ready", "ready serving terminating"], ["ab", "", true]],
  ["B-056 no others while there are ready ones", clusterIP, ["ready", "serving terminating"], ["a", "", true]],
  ["B-057 those that end their work, where none is ready", clusterIP, ["serving terminating", ""], ["a", "", true]],
  ["B-058 not those that are serving only", clusterIP, ["serving", "serving terminating"], ["b", "", true]],
  ["B-058 not those that are terminating only", clusterIP, ["terminating"], ["", "", false]],
  ["B-058 none", clusterIP, ["", "serving"], ["", "", false]],
  ["none of none", externalLocal, [], ["", "", false]],
  ["B-059 each list falls back for itself", externalLocal, ["ready", "serving terminating local"], ["a", "b", true]],
  ["B-059 a ready local one", externalLocal, ["serving terminating", "ready local"], ["b", "b", true]],
  ["B-060 no cluster list for iTP Local alone", internalLocal, ["ready", "ready local"], ["", "b", true]],
  ["B-060 a cluster list for short-circuits", bothLocal, ["ready", "ready local"], ["ab", "b", true]],
  ["B-061 no local list for policies Cluster", external, ["ready", "ready local"], ["ab", "", true]],
  [
    "B-061 eTP Local without external frontend",
    { ...externalLocal, isExternal: false },
    ["ready local"],
    ["a", "", true],
  ],
  ["B-062 only elsewhere", internalLocal, ["ready", "serving terminating"], ["", "", true]],
  ["B-062 only elsewhere, terminating", internalLocal, ["serving terminating"], ["", "", true]],
  ["B-062 nowhere", internalLocal, ["serving", "local"], ["", "", false]],
  ["B-063 hints do not filter the local list", externalLocal, ["ready local zone-b", "ready zone-a"], ["b", "a", true]],
  [
    "B-063 nor terminating ones",
    clusterIP,
    ["serving terminating zone-a", "serving terminating zone-b"],
    ["ab", "", true],
  ],
  ["B-064 node hints", clusterIP, ["ready node-1", "ready node-2"], ["a", "", true]],
  ["B-064 several node hints", clusterIP, ["ready node-2 node-1", "ready node-1", "ready node-3"], ["ab", "", true]],
  ["B-064 node hints before zone hints", clusterIP, ["ready node-1 zone-b", "ready node-2 zone-a"], ["a", "", true]],
  ["B-064 one without a node hint: zone hints", clusterIP, ["ready node-1 zone-b", "ready zone-a"], ["b", "", true]],
  [
    "B-065 none hinted for this node: zone hints",
    clusterIP,
    ["ready node-2 zone-a", "ready node-3 zone-b"],
    ["a", "", true],
  ],
  ["B-065 zone hints", clusterIP, ["ready zone-a", "ready zone-b", "ready zone-a"], ["ac", "", true]],
  ["B-066 one without a hint: all", clusterIP, ["ready zone-a", "ready"], ["ab", "", true]],
  ["B-066 none hinted for this zone: all", clusterIP, ["ready zone-b", "ready zone-c"], ["ab", "", true]],
  ["B-066 none hinted for this node: all", clusterIP, ["ready node-2", "ready node-3"], ["ab", "", true]],
  ["B-067 unready ones do not count", clusterIP, ["ready zone-a", "ready zone-b", "serving"], ["a", "", true]],
  ["B-067 unready ones are not chosen", clusterIP, ["zone-a", "ready zone-b", "ready zone-a"], ["c", "", true]],
  [
    "B-067 hints of unready ones do not help",
    clusterIP,
    ["serving terminating zone-a", "ready zone-b"],
    ["b", "", true],
  ],
  ["B-068 several zones", clusterIP, ["ready zone-b zone-a", "ready zone-b", "ready zone-a"], ["ac", "", true]],
  ["B-070 external traffic", external, ["ready zone-a", "ready zone-b"], ["a", "", true]],
  ["B-070 short-circuits", externalLocal, ["ready zone-a", "ready local zone-b"], ["a", "b", true]],
  [
    "B-071 no falling back from zone to zone",
    clusterIP,
    ["ready zone-a", "ready zone-b", "ready local zone-b"],
    ["a", "", true],
  ],
  [
    "B-072 one of many is enough",
    clusterIP,
    ["ready zone-a", ...new Array<Words>(9).fill("ready zone-b")],
    ["a", "", true],
  ],
])("%s", (_, policies, endpoints, expected) => {
  expect(usable(policies, endpoints, "zone-a")).toEqual(expected);
});

test.each<[string, readonly Words[], Usable]>([
  ["B-069 no zone hints without a zone", ["ready zone-a", "ready zone-b"], ["ab", "", true]],
  ["B-069 but node hints", ["ready node-1", "ready node-2"], ["a", "", true]],
])("%s", (_, endpoints, expected) => {
  expect(usable(clusterIP, endpoints, undefined)).toEqual(expected);
});

function usable(policies: TrafficPolicies, endpoints: readonly Words[], zone: string | undefined): Usable {
  const states = endpoints.map((text): EndpointState => {
    const words = text.split(" ");
    return {
      nodeName: words.includes("local") ? "node-1" : "node-2",
      ready: words.includes("ready"),
      serving: words.includes("serving"),
      terminating: words.includes("terminating"),
      zoneHints: words.filter((word) => word.startsWith("zone-")),
      nodeHints: words.filter((word) => word.startsWith("node-")),
    };
  });
  const { cluster, local } = endpointUses(states, policies, { nodeName: "node-1", zone });
  const names = (uses: typeof cluster) =>
    states.map((each, index) => (uses(each) === "used" ? String.fromCharCode(97 + index) : "")).join("");
  return [names(cluster), names(local), states.some(isUsableSomewhere)];
}
