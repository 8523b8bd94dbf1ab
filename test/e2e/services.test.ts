import { expect, test } from "@jest/globals";
import { serviceCIDR } from "../api-server/objects.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

describeWithNode(
  "services",
  (start) => {
    test("are served from the first sync on, follow the cluster, and are refused when scaled to zero", async () => {
      const node = await start();
      const web = { from: "client", to: "10.96.0.10", port: 80 } as const;
      await node.put(labNodeObject(), serviceCIDR("kubernetes", "10.96.0.0/24"));
      await node.put(service("web", 10), slice("web", ["pod1", "pod5"]));
      await node.run();
      await node.untilPage("/healthz", 200);
      expect(await node.answerers(web)).toEqual(["pod1:8080 masqueraded", "pod5:8080 masqueraded"]);
      expect(await node.answerers({ ...web, from: "pod2" })).toEqual(["pod1:8080", "pod5:8080"]);

      await node.putSynced(service("other", 11), slice("other", ["pod3"]));
      expect(await node.answerers({ ...web, to: "10.96.0.11" })).toEqual(["pod3:8080 masqueraded"]);

      await node.putSynced(slice("web", ["pod2", "pod6"]));
      expect(await node.answerers(web)).toEqual(["pod2:8080 masqueraded", "pod6:8080 masqueraded"]);

      await node.putSynced(slice("web", []));
      expect(await node.reach(web)).toBe("refused (reset)");
      await node.putSynced(slice("web", ["pod3"]));
      expect(await node.reach(web)).toBe("pod3:8080 masqueraded");

      await node.deleteSynced(service("other", 11), slice("other", []));
      await node.putSynced(slice("web", []));
      expect(await node.reach(web)).toBe("refused (reset)");
      await node.putSynced(service("other", 11), slice("other", ["pod3"]));

      await node.deleteSynced(service("web", 10));
      expect(await node.reach({ ...web, patience: 300 })).toBe("dropped");
      expect(await node.reach({ ...web, to: "10.96.0.11" })).toBe("pod3:8080 masqueraded");
    });
  },
  { allNfts: true },
);
