import { isOlder, oldestKernel, versionIn } from "../../../daemon/host-requirements.ts";
import type { Finding } from "../../service/findings.ts";
import type { NodeFacts } from "./node-facts.ts";

/** Known bugs and missing features of this node's kernel and nft. */
export function kernelFindings({ kernel, lacks }: NodeFacts): readonly Finding[] {
  return [...lacks.map(lackFinding), ...oldKernel(kernel), ...missedElements(kernel)];
}

function lackFinding(lack: string): Finding {
  return {
    severity: "warning",
    subject: "nft and the kernel",
    evidence: `refuse what Services may need: ${lack}`,
    consequence: "Services that need it are served without it",
    remedy: "use nft 1.0.7 or newer, and a kernel that docs/kernels.md names",
  };
}

function oldKernel(kernel: string): readonly Finding[] {
  const version = versionIn(kernel);
  if (version === undefined || !isOlder(version, oldestKernel)) return [];
  return [
    {
      severity: "error",
      subject: "kernel",
      evidence: `is ${kernel}; nftables before ${oldestKernel.join(".")} has bugs that affect these rules`,
      consequence: "rules may be refused, or behave differently from what they say",
      remedy: "use a newer kernel",
    },
  ];
}

/** "netfilter: nf_tables: restart set lookup on base_seq change" is in 6.12.48, 6.16.8 and 6.17. */
function missedElements(kernel: string): readonly Finding[] {
  const version = versionIn(kernel);
  if (version === undefined || !isOlder(version, [6, 17])) return [];
  const [major, minor] = version;
  const fixed = major === 6 && minor === 12 ? [6, 12, 48] : major === 6 && minor === 16 ? [6, 16, 8] : undefined;
  if (fixed !== undefined && !isOlder(version, fixed)) return [];
  return [
    {
      severity: "note",
      subject: "kernel",
      evidence: `is ${kernel}, which may miss an element of a set while it is being replaced`,
      consequence: "while endpoints change, about one new connection in 100,000 is retried a second later",
      remedy: "nothing, or use 6.12.48, 6.16.8, 6.17 or newer",
    },
  ];
}
