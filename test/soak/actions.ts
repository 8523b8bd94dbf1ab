import { setTimeout as sleep } from "node:timers/promises";
import type { ChangingService, Cluster } from "./cluster.ts";
import type { Pod } from "./expected.ts";
import type { Random } from "./random.ts";

/** Something that happens to one Service. */
export type Action = {
  readonly name: string;
  readonly run: (service: ChangingService, cluster: Cluster, random: Random) => Promise<void>;
};

/** What may happen to a Service that exists, or that does not, each as likely as it is often in the list. */
export function actionsFor({ exists, pods }: ChangingService): readonly Action[] {
  if (!exists.latest) return [creation];
  if (pods.latest.length === 0) return [scaling, deletion];
  return [rollingUpdate, rollingUpdate, rollingUpdate, toZeroAndBack, flapping, flapping, scaling, deletion];
}

/** A few pods at a time: new ones become ready as old ones begin to terminate. */
const rollingUpdate: Action = {
  name: "rolling updates",
  async run(service, cluster, random) {
    const old = service.pods.latest;
    const batch = Math.max(1, Math.ceil(old.length / 4));
    for (let done = 0; done < old.length; done += batch) {
      const rest = service.pods.latest.slice(Math.min(batch, old.length - done));
      const leaving = service.pods.latest.slice(0, Math.min(batch, old.length - done));
      const coming = leaving.map(() => cluster.newPod(service.isZonal, "unready"));
      await step(service, cluster, random, [...leaving, ...rest, ...coming]);
      const ready = coming.map((pod) => become(pod, "ready"));
      await step(service, cluster, random, [...leaving.map((pod) => become(pod, "terminating")), ...rest, ...ready]);
      await step(service, cluster, random, [...rest, ...ready]);
    }
  },
};

const toZeroAndBack: Action = {
  name: "scalings to zero and back",
  async run(service, cluster, random) {
    const { length } = service.pods.latest;
    await step(
      service,
      cluster,
      random,
      service.pods.latest.map((pod) => become(pod, "terminating")),
    );
    await step(service, cluster, random, []);
    const coming = Array.from({ length }, () => cluster.newPod(service.isZonal));
    for (let count = 1; count < length; count *= 2) await step(service, cluster, random, coming.slice(0, count));
    await step(service, cluster, random, coming);
  },
};

/** Some pods, or all of them, are unready now and then. */
const flapping: Action = {
  name: "flapping pods",
  async run(service, cluster, random) {
    const calm = service.pods.latest;
    const share = random.of([0.2, 0.5, 1]);
    for (let times = random.between(2, 5); times > 0; times--) {
      await step(
        service,
        cluster,
        random,
        calm.map((pod) => (random.next() <= share ? become(pod, "unready") : pod)),
      );
      await step(service, cluster, random, calm);
    }
  },
};

const scaling: Action = {
  name: "scalings",
  async run(service, cluster, random) {
    const { latest } = service.pods;
    const coming = Array.from({ length: random.between(1, 3) }, () => cluster.newPod(service.isZonal));
    await step(service, cluster, random, [...latest, ...coming]);
    await step(service, cluster, random, [...latest.slice(0, Math.ceil(latest.length / 2)), ...coming]);
  },
};

const deletion: Action = {
  name: "deletions of Services",
  run: (service, cluster) => cluster.remove(service),
};

const creation: Action = {
  name: "creations of Services",
  run: (service, cluster, random) =>
    cluster.make(
      service,
      Array.from({ length: random.between(1, 10) }, () => cluster.newPod(service.isZonal)),
    ),
};

async function step(service: ChangingService, cluster: Cluster, random: Random, pods: readonly Pod[]): Promise<void> {
  await cluster.setPods(service, pods);
  await sleep(random.between(50, 500));
}

function become(pod: Pod, condition: Pod["condition"]): Pod {
  return { ...pod, condition };
}
