import { isOlder, oldestKernel, versionIn } from "../../daemon/host-requirements.ts";
import type { NodeSetup } from "../../decode/cluster-setup.ts";

/** The nodes that can run kube-nft. The others keep their service proxy. */
export function candidates(nodes: readonly NodeSetup[]): readonly NodeSetup[] {
  return nodes.filter((node) => !hasOldKernel(node) && !hasOtherArchitecture(node));
}

export function hasOldKernel({ kernelVersion, operatingSystem }: NodeSetup): boolean {
  const version = versionIn(kernelVersion);
  return operatingSystem !== "windows" && version !== undefined && isOlder(version, oldestKernel);
}

/** The image exists for Linux on these two only. Values that a node does not report are taken to be among them. */
export function hasOtherArchitecture({ architecture, operatingSystem }: NodeSetup): boolean {
  return !["", "amd64", "arm64"].includes(architecture) || !["", "linux"].includes(operatingSystem);
}
