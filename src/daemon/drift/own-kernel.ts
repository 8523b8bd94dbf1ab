import type { Kernel } from "../table/kernel.ts";
import type { Drift } from "./drift.ts";

/** A kernel of whose transactions, and of what is read, is told to whoever looks for drift. */
export function ownKernel(kernel: Kernel, drift: Drift): Kernel {
  return {
    readTable: (declared, assumed) => {
      // What somebody did to the table until now is seen when it is read.
      if (assumed === undefined) drift.takeAll();
      return kernel.readTable(declared, assumed);
    },
    apply: (transaction, how) => drift.own(transaction, (sentBy) => kernel.apply(transaction, { ...how, sentBy })),
  };
}
