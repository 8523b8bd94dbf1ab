import { expect, test } from "@jest/globals";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const mountPoints = "mount --make-rprivate / && awk '{ print $5 }' /proc/self/mountinfo";

/** Shell commands that make everything read-only, and then become the agent. */
const disks: readonly (readonly [string, string])[] = [
  [
    "read-only",
    `for each in $(${mountPoints}); do mount -o remount,bind,ro "$each" 2>/dev/null; done; ! touch here 2>/dev/null && exec "$@"`,
  ],
  // The kernel lets no file grow.
  ["full", 'trap "" XFSZ; ulimit -f 0; ! echo text 2>/dev/null >here && exec "$@"'],
  ["full of its log", 'exec "$@" 2>/dev/full'],
];

describeWithNode("a disk", (start) => {
  test.each(disks)("that is %s does not matter to the agent", async (_, prepare) => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    node.launch({ through: ["unshare", "--mount", "sh", "-c", prepare, "sh"] });
    await node.untilPage("/healthz", 200);
    await node.putSynced(slice("web", ["pod2"]));
    expect(await node.reach({ from: "client", to: "10.96.0.10", port: 80 })).toBe("pod2:8080 masqueraded");
    expect(await node.agent.end("SIGTERM")).toMatchObject({ code: 0 });
  });
});
