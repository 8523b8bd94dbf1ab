import type { ClusterSetup } from "../../decode/cluster-setup.ts";
import { candidates } from "./candidates.ts";
import { type Platform, platformOf } from "./platform.ts";
import { type ServiceProxy, serviceProxyOf } from "./service-proxy.ts";
import { daemonSetBack, daemonSetThere } from "./steps/daemon-set.ts";
import { isOnNodes, onNodesBack, onNodesThere } from "./steps/on-nodes.ts";
import type { Step } from "./steps/step.ts";

/** The migration of a cluster from its service proxy to kube-nft, and back. */
export type Migration = {
  readonly platform: Platform;
  /** The present service proxy, in words. */
  readonly proxy: string;
  /** What has been tested of the steps, or why there are none. */
  readonly remark: string;
  readonly there: readonly Step[];
  readonly back: readonly Step[];
};

/** @param image the name of kube-nft's image, from where nodes can pull it */
export function migration(setup: ClusterSetup, image: string): Migration {
  const platform = platformOf(setup);
  const proxy = serviceProxyOf(setup);
  const nodes = candidates(setup.nodes).map(({ name }) => name);
  const told = { platform, proxy: proxyText(proxy, platform) };
  const none = (remark: string): Migration => ({ ...told, remark, there: [], back: [] });
  if (proxy.kind === "Cilium")
    return none("Cilium serves Services here (kube-proxy-replacement), so there is no kube-proxy to replace.");
  if (platform.kind === "GKE")
    return none("GKE keeps kube-proxy on its nodes. With Dataplane V2, as in Autopilot, there is none to replace.");
  if (isOnNodes(platform)) {
    const parts = { platform, nodes, image };
    return { ...told, remark: untried, there: onNodesThere(parts), back: onNodesBack(parts) };
  }
  if (proxy.kind === "kube-nft")
    return none("kube-nft serves Services here already, and there is no DaemonSet kube-proxy to go back to.");
  if (proxy.kind === "unknown")
    return none("There is no DaemonSet kube-proxy in kube-system. If it is part of the nodes, see docs/migration.md.");
  const parts = { platform, proxy, nodes, image };
  const remark = platform.kind === "EKS" ? untried : triedInParts;
  return { ...told, remark, there: daemonSetThere(parts), back: daemonSetBack(parts) };
}

const untried = "UNTRIED: this follows the platform's documentation. Try it on a cluster that you can lose.";
const triedInParts = "Tried: what happens on a node. Not tried on a whole cluster: the commands of kubectl.";

function proxyText(proxy: ServiceProxy, platform: Platform): string {
  if (proxy.kind === "Cilium" || proxy.kind === "kube-nft") return proxy.kind;
  if (proxy.kind === "unknown") return isOnNodes(platform) ? "kube-proxy, as part of each node" : "unknown";
  const [, version] = /:(v[\w.-]+?)(?:@.*)?$/.exec(proxy.image) ?? [];
  return `kube-proxy${version === undefined ? "" : ` ${version}`} in mode ${proxy.mode}, as a DaemonSet`;
}

/** As a script with comments, whose parts people run one after another. */
export function migrationLines({ platform, proxy, remark, there, back }: Migration): readonly string[] {
  const steps = (heading: string, list: readonly Step[]) =>
    list.length === 0
      ? []
      : [
          "",
          `# ${heading}`,
          ...list.flatMap(({ what, commands }, index) => [
            "",
            ...wrapped(`${index + 1}. ${what}`).map((line) => `# ${line}`),
            ...commands,
          ]),
        ];
  const name = platform.kind === "kind" ? `kind, cluster ${platform.cluster}` : platform.kind;
  return [
    `# platform: ${name}`,
    `# service proxy: ${proxy}`,
    ...wrapped(remark).map((line) => `# ${line}`),
    ...steps("The way there", there),
    ...steps("The way back", back),
  ];
}

/** Splits words into lines of 100 characters. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= 100) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
