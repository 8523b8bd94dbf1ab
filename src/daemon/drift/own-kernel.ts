import type { Kernel } from "../table/kernel.ts";
import type { Drift } from "./drift.ts";

/** A kernel that reports its transactions and readings to the detection of drift. */
export function ownKernel(kernel: Kernel, drift: Drift): Kernel {
  return {
    readTable: (declared, assumed) => {
      // Reading shows all foreign changes to the table so far.
      if (assumed === undefined) drift.takeAll();
      return kernel.readTable(declared, assumed);
    },
    apply: (transaction, how) => drift.own(transaction, (sentBy) => kernel.apply(transaction, { ...how, sentBy })),
  };
}
