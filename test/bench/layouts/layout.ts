import type { NetNamespace } from "../../support/net-namespace.ts";
import type { SyntheticService } from "../synthetic.ts";

/** A way to write Services in nftables. What it returns is text for `nft -f`, one transaction each. */
export type Layout = {
  readonly name: string;
  /** Makes the tables where there are none. */
  readonly load: (services: readonly SyntheticService[]) => string;
  /** Makes tables as they ought to be again, in place, whatever others did to their elements and rules. */
  readonly restore: (services: readonly SyntheticService[], namespace: NetNamespace) => Promise<string>;
  /** Makes the tables of some Services those of others, and touches nothing else. */
  readonly change: (from: readonly SyntheticService[], to: readonly SyntheticService[]) => string;
};
