import type { LabelledPod } from "../../../decode/pods.ts";
import type { SpecDetails } from "../../../decode/service-details.ts";
import type { Address } from "../../../model/address.ts";
import type { Problem } from "../../../model/problem.ts";
import { type ObjectKey, serviceKey } from "../../../model/service.ts";
import { type Finding, serviceFindings } from "../../service/findings.ts";
import type { World } from "../../world.ts";
import { inputProblems } from "./input-problems.ts";
import { nodePortAddresses } from "./node-port-addresses.ts";
import { outsidePodNetworks } from "./pod-networks.ts";
import { nearlySelected } from "./selectors.ts";
import { unservedServices } from "./unserved.ts";

/** What the objects show of a cluster, as one node sees it. */
export type ClusterFacts = {
  readonly worlds: readonly World[];
  /** The problems of the input, and conflicts between Services. */
  readonly problems: readonly Problem[];
  /** Warnings that follow from the configuration and the Node, which may be intended. */
  readonly notes: readonly Problem[];
  /** The addresses of all nodes. */
  readonly nodes: ReadonlySet<Address>;
  /** Undefined if it is not known. */
  readonly specOf: (service: ObjectKey) => SpecDetails | undefined;
  readonly podOf: (address: Address) => string | undefined;
  /** Since when and why a pod is not ready. */
  readonly notReady: (address: Address) => string | undefined;
  /** Of a namespace; empty if pods are not known. */
  readonly podsIn: (namespace: string) => readonly LabelledPod[];
  /** Services that this proxy does not serve, and why. */
  readonly unserved: readonly UnservedService[];
};

export type UnservedService = {
  readonly service: ObjectKey;
  readonly why: NonNullable<SpecDetails["unserved"]>;
};

export function clusterFindings(cluster: ClusterFacts): readonly Finding[] {
  return [
    ...allServiceFindings(cluster),
    ...nearlySelected(cluster),
    ...inputProblems(cluster),
    ...cluster.worlds.flatMap((world) => [...outsidePodNetworks(world, cluster), ...nodePortAddresses(world)]),
    ...unservedServices(cluster),
  ];
}

/** Those that `explain` shows, too. */
function allServiceFindings({ worlds, specOf, notReady }: ClusterFacts): readonly Finding[] {
  const keys = new Set(worlds.flatMap(({ plans }) => Array.from(plans.plans, ({ service }) => serviceKey(service))));
  return [...keys].flatMap((key) =>
    serviceFindings(
      worlds.flatMap(({ plans }) => plans.planOf(key) ?? []),
      { selector: specOf(key)?.selector, scaledToZero: specOf(key)?.scaledToZero, notReady, setAside: new Map() },
    ),
  );
}
