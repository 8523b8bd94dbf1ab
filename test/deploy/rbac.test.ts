import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Store } from "../../src/daemon/store.ts";
import { watchCluster } from "../../src/io/kube/cluster.ts";
import { postEvent } from "../../src/io/kube/event.ts";
import { targetOf } from "../api-server/resources.ts";
import { type Scene, setScene } from "../io/kube/scene.ts";
import { manifests } from "./manifests.ts";

let scene: Scene;

beforeEach(async () => {
  scene = await setScene();
});
afterEach(() => scene.end());

test("the ClusterRole allows what the agent asks of the API server, and nothing else", async () => {
  const { connection, server } = scene;
  const end = new AbortController();
  const watch = { connection, nodeName: "node-1", store: new Store(), onProblems: () => {}, onReport: () => {} };
  const { ended } = watchCluster(watch, end.signal);
  await server.untilWatches(5);
  await postEvent(
    connection,
    { controller: "kube-nft", instance: "node-1" },
    {
      type: "Warning",
      reason: "FrontendConflict",
      action: "Compile",
      note: "10.96.0.1:80 is served for default/older",
      regarding: { apiVersion: "v1", kind: "Service", namespace: "default", name: "web" },
      time: 0,
    },
  );
  end.abort();
  await ended;
  const asked = server.requests.map(({ verb, path }) => {
    const { group, name } = targetOf(path)?.resource ?? { group: "", name: path };
    return `${verb} ${name}.${group}`;
  });
  const allowed = manifests.clusterRole.rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((name) => verbs.map((verb) => `${verb} ${name}.${group}`))),
  );
  expect(allowed.sort()).toEqual([...new Set(asked)].sort());
});
