import type { NetNamespace } from "../../support/net-namespace.ts";
import { podNode, type Size, type SyntheticService, syntheticNode, syntheticServices } from "../synthetic.ts";
import type { Layout } from "./layout.ts";

/** What nft is given; where it depends on what is there, how to make it, which counts then. */
export type Text = string | ((namespace: NetNamespace) => Promise<string>);

/** Something done to the tables of Services, and for a change what undoes it: the texts for nft, and what each does. */
export type Operation = {
  readonly names: readonly string[];
  readonly texts: (layout: Layout) => readonly Text[];
  /** Where there are no tables yet. */
  readonly isAfresh: boolean;
};

export function loading(size: Size): Operation {
  return { names: ["load"], texts: ({ load }) => [load(syntheticServices(size))], isAfresh: true };
}

/** Each leaves the tables as it finds them. */
export function operations(size: Size): readonly Operation[] {
  const services = syntheticServices(size);
  const index = size.services >> 1;
  const pods = services[index]?.pods ?? [];
  const newPods = Array.from({ length: size.endpoints + 1 }, (_, i) => size.services * size.endpoints + i);
  // An endpoint of this node would be an element of one more set.
  const [newPod = 0] = newPods.filter((pod) => podNode(pod) !== syntheticNode);
  const withPods = (pods: readonly number[]) => services.map((each, i) => (i === index ? { ...each, pods } : each));
  const added = services
    .slice(0, 1)
    .map((service) => ({ ...service, index: size.services, pods: newPods.slice(0, size.endpoints) }));
  const change = (there: string, back: string, to: readonly SyntheticService[]): Operation => ({
    names: [there, back],
    texts: (layout) => [layout.change(services, to), layout.change(to, services)],
    isAfresh: false,
  });
  return [
    {
      names: ["full sync in place"],
      texts: ({ restore }) => [(namespace) => restore(services, namespace)],
      isAfresh: false,
    },
    // The first one, as then all others get another number.
    change("change one endpoint", "change one endpoint", withPods([...pods.slice(1), newPod])),
    change("scale a Service up", "scale a Service down", withPods([...pods, newPod])),
    change("add a Service", "delete a Service", [...services, ...added]),
  ];
}
