// Run by a test: keeps a cluster as an agent does that is at rest, and prints how many objects of each form there are in
// the heap. The form of a plain object is the names of its properties.
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { getHeapSnapshot } from "node:v8";
import { planService } from "../../src/compile/plan/plan-service.ts";
import { ServiceTable } from "../../src/compile/table/service-table.ts";
import { Store } from "../../src/daemon/store.ts";
import { decodeCluster } from "../../src/decode/cluster.ts";
import { families } from "../../src/model/address.ts";
import { serviceKey } from "../../src/model/service.ts";
import { settings } from "../bench/layouts/kube-nft.ts";
import { syntheticList, syntheticServices } from "../bench/synthetic.ts";

const [services = 0, endpoints = 0] = process.argv.slice(2).map(Number);
const store = new Store();
const tables = families.map((family) => new ServiceTable(family, settings));
fill();
for (const table of tables) {
  table.transaction();
  table.commit(true);
}
// Calls that are over, and V8's compiler, may hold what they worked on until then.
await sleep(100);
const { snapshot, nodes, edges, strings } = JSON.parse(await text(getHeapSnapshot()));
const {
  node_fields: nodeFields,
  node_types: nodeTypes,
  edge_fields: edgeFields,
  edge_types: edgeTypes,
} = snapshot.meta;
const field = (name: string) => nodeFields.indexOf(name);
const [typeAt, nameAt, countAt] = [field("type"), field("name"), field("edge_count")];
const toAt = edgeFields.indexOf("to_node");
const [property, weak] = [edgeTypes[0].indexOf("property"), edgeTypes[0].indexOf("weak")];
const firstEdges = new Map<number, number>();
for (let node = 0, edge = 0; node < nodes.length; node += nodeFields.length) {
  firstEdges.set(node, edge);
  edge += nodes[node + countAt] * edgeFields.length;
}
const counts = new Map<string, number>();
// The snapshot also has garbage, so only what is reachable from the root counts.
const reached = new Set([0]);
for (const node of reached) {
  const names: string[] = [];
  const first = firstEdges.get(node) ?? 0;
  for (let edge = first; edge < first + nodes[node + countAt] * edgeFields.length; edge += edgeFields.length) {
    if (edges[edge] === property) names.push(strings[edges[edge + 1]]);
    if (edges[edge] !== weak) reached.add(edges[edge + toAt]);
  }
  if (nodeTypes[0][nodes[node + typeAt]] !== "object") continue;
  const name = strings[nodes[node + nameAt]];
  const form =
    name === "Object"
      ? `{${names
          .filter((each) => each !== "__proto__")
          .sort()
          .join()}}`
      : name;
  counts.set(form, (counts.get(form) ?? 0) + 1);
}
process.stdout.write(JSON.stringify(Object.fromEntries(counts)));
// What is counted is held until here.
if (store.services.size + tables.length === 0) process.exitCode = 1;

function fill(): void {
  const { cluster } = decodeCluster([
    { object: JSON.parse(syntheticList(syntheticServices({ services, endpoints }))) },
  ]);
  for (const slice of cluster.endpointSlices) store.setSlice(`${slice.namespace}/${slice.name}`, slice);
  for (const service of cluster.services) {
    const key = serviceKey(service);
    store.setService(key, service);
    for (const table of tables) {
      table.setService(key, planService(service, store.slicesOf(key), table.family, settings));
    }
  }
}
