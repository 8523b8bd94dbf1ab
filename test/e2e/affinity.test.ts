import { expect, test } from "@jest/globals";
import type { Place } from "../lab/world.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;
const all: readonly Place[] = ["pod1", "pod2", "pod3", "pod5", "pod6", "pod7"];

describeWithNode("a sticky client", (start) => {
  test("keeps its endpoint over a flap, a restart and a kill, and moves when the endpoint is gone", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10, { sessionAffinity: "ClientIP" }), slice("web", all));
    await node.run();
    const first = await node.reach(web);
    expect(await node.answerers(web)).toEqual([first]);
    const pod = all.find((each) => first.startsWith(`${each}:`)) ?? "pod1";
    const others = all.filter((each) => each !== pod);

    await node.putSynced(slice("web", others));
    await node.putSynced(slice("web", [...others, pod]));
    expect(await node.answerers(web)).toEqual([first]);

    const connection = await node.lab.open({ ...web, patience: 5000 });
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      await node.agent.end(signal);
      await node.put(slice("web", signal === "SIGTERM" ? [...all, "pod8"] : all));
      await node.run();
      await node.caughtUp();
      expect(await node.answerers(web)).toEqual([first]);
      expect(await connection.again()).toEqual(connection.outcome);
    }
    await connection.hangUp();

    await node.putSynced(slice("web", others));
    const [second, ...more] = await node.answerers(web);
    expect(more).toEqual([]);
    expect(second).not.toBe(first);
    expect(await node.answerers(web)).toEqual([second]);
  });
});
