import { expect, test } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

/** In the second case each has its own PID namespace, so that both have nfts with the same pids. */
const places = [
  ["that see each other", []],
  ["in two pid namespaces", ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]],
] as const;

describeWithNode("two agents on a node", (start) => {
  test.each(places)("do not write without end, are reported, and leave one that works: %s", async (_, through) => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    const first = node.launch({ through });
    await node.synced(0);
    await node.untilWatched();
    const second = node.launch({ through });
    const told = await first.line(
      ({ msg, family }) => msg.startsWith("another program keeps changing the table") && family === "ip",
      { what: "the other" },
    );
    const position = first.log.indexOf(told);
    const repairs = () =>
      first.log
        .slice(position)
        .filter(({ msg, family, causes }) => msg === "synced" && family === "ip" && `${causes}` === "drift");
    await eventually(async () => repairs().length >= 4, true);
    // There is one every five seconds, plus one that was in progress.
    const [, , , last] = repairs();
    expect(Date.parse(`${last?.time}`) - Date.parse(told.time)).toBeGreaterThan(9000);
    expect(await node.reach({ from: "client", to: "10.96.0.10", port: 80 })).toBe("pod1:8080 masqueraded");
    await second.end("SIGKILL");
    await node.putSynced(slice("web", ["pod2"]));
    expect(await node.reach({ from: "client", to: "10.96.0.10", port: 80 })).toBe("pod2:8080 masqueraded");
  });
});
