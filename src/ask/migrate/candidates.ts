import { isOlder, oldestKernel, versionIn } from "../../daemon/host-requirements.ts";
import type { NodeSetup } from "../../decode/cluster-setup.ts";

/** The nodes that can have kube-nft. The others keep their service proxy. */
export function candidates(nodes: readonly NodeSetup[]): readonly NodeSetup[] {
  return nodes.filter((node) => !hasOldKernel(node) && !hasOtherArchitecture(node));
}

export function hasOldKernel({ kernelVersion, operatingSystem }: NodeSetup): boolean {
  const version = versionIn(kernelVersion);
  return operatingSystem !== "windows" && version !== undefined && isOlder(version, oldestKernel);
}

/** There is an image for Linux on these two only. What a node does not tell is taken for one of them. */
export function hasOtherArchitecture({ architecture, operatingSystem }: NodeSetup): boolean {
  return !["", "amd64", "arm64"].includes(architecture) || !["", "linux"].includes(operatingSystem);
}
