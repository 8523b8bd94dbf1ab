import { filledBy } from "../../compile/lower/sets.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Table } from "../../nft/ruleset.ts";
import {
  diffStructure,
  elementCount,
  hasLayoutOf,
  type KnownTable,
  mostChanges,
  restoreTable,
  type Transaction,
} from "../../nft/transaction.ts";
import { type Elements, type Kernel, Refusal } from "./kernel.ts";
import { inSteps, mostElements } from "./steps.ts";

export type Applied = {
  /**
   * `partial`: what had changed was written. `full`: the table was read, and what differed was written. `replaced`: its
   * layout was another, so it was deleted and made anew.
   */
  readonly kind: "partial" | "full" | "replaced";
  readonly elements: number;
};

/** Applies a change. A transaction without commands costs nothing. */
export async function applyPartly(kernel: Kernel, transaction: Transaction): Promise<Applied> {
  for (const step of inSteps(transaction)) await kernel.apply(step, { byOwner: false });
  return { kind: "partial", elements: elementCount(transaction) };
}

/** What a table is to hold; `besides` a former one, in a form in which it serves while one becomes the other. */
export type DesiredTable = {
  table(besides?: Table): Table;
  /** A table with every set that there may be, and in them what they are to hold. */
  declared(): Table;
};

/**
 * Makes the kernel's table the desired one, whatever it is: reads it, and applies the difference. As long as nft refuses
 * that and names Services, these are set aside and the rest tried again.
 *
 * @param assumed the elements of sets that need not be read; what is refused was perhaps assumed, and then all is read
 */
export async function applyFully(
  kernel: Kernel,
  desired: DesiredTable,
  setAside: (service: ObjectKey, refusal: Refusal) => void,
  signal: AbortSignal,
  assumed?: Elements,
): Promise<Applied> {
  const gone = new Set<ObjectKey>();
  for (let byOwner = false; ; byOwner = true) {
    const steps = stepsTo(await kernel.readTable(desired.declared(), byOwner ? undefined : assumed), desired);
    try {
      for (const [index, step] of steps.entries()) {
        if (byOwner || index > 0) signal.throwIfAborted();
        await kernel.apply(step, { byOwner });
      }
      const isReplaced = steps.some(({ commands }) => commands.some(({ kind }) => kind === "deleteTable"));
      const elements = steps.reduce((sum, step) => sum + elementCount(step), 0);
      return { kind: isReplaced ? "replaced" : "full", elements };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!byOwner) continue;
      const refused = [...refusedServices(error)].filter(([service]) => !gone.has(service));
      // What is refused although its Service is gone is not the Service's fault.
      if (refused.length === 0) throw error;
      for (const [service, reason] of refused) {
        gone.add(service);
        setAside(service, new Refusal(reason));
      }
    }
  }
}

/**
 * The transactions from the kernel's table to the desired one: in one where few elements differ, else in steps over a
 * table whose rules serve both.
 */
export function stepsTo(
  present: KnownTable | undefined,
  desired: DesiredTable,
  most = mostElements,
): readonly Transaction[] {
  const table = desired.table();
  if (present === undefined || !canBeParted(present, table) || mostChanges(present, table) <= most) {
    return inSteps(restoreTable(present, table), most);
  }
  const between = desired.table(present);
  const last = diffStructure(between, table);
  return [...inSteps(restoreTable(present, between), most), ...(last.commands.length > 0 ? [last] : [])];
}

/** Whether elements may come and go one after another: not where the table, or a set of frontends, is filled anew. */
function canBeParted(present: KnownTable, desired: Table): boolean {
  return (
    hasLayoutOf(present, desired) &&
    ![...present.unread].some((name) => desired.sets.has(name) && filledBy(name) === "frontend")
  );
}

function refusedServices({ servicePorts }: Refusal): ReadonlyMap<ObjectKey, string> {
  return new Map(
    Array.from(servicePorts, ([servicePort, reason]) => {
      const [namespace = "", name = ""] = servicePort.split(/[/:]/);
      return [`${namespace}/${name}`, reason];
    }),
  );
}
