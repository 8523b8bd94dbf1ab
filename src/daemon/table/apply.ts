import { filledBy } from "../../compile/lower/nftables/sets.ts";
import type { Family } from "../../model/address.ts";
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
import { Bisection } from "./bisection.ts";
import { type Elements, type Kernel, Overrun, Refusal } from "./kernel.ts";
import { type Part, partsOf, serviceOfPort } from "./parts.ts";
import { inSteps, mostElements } from "./steps.ts";

export type Applied = {
  /**
   * `partial`: changes were written. `full`: the table was read, and differences were written. `replaced`: its
   * layout differed, so it was deleted and recreated.
   */
  readonly kind: "partial" | "full" | "replaced";
  readonly elements: number;
};

/** Applies a change. A transaction without commands costs nothing. */
export async function applyPartly(kernel: Kernel, transaction: Transaction): Promise<Applied> {
  for (const step of inSteps(transaction)) await kernel.apply(step, { byOwner: false });
  return { kind: "partial", elements: elementCount(transaction) };
}

/** The desired contents of a table; `besides` a previous one, in a form that serves while one becomes the other. */
export type DesiredTable = {
  table(besides?: Table): Table;
  /** A table with every possible set, and the desired elements. */
  declared(): Table;
};

export type FullOptions = {
  readonly kernel: Kernel;
  readonly family: Family;
  readonly desired: DesiredTable;
  readonly signal: AbortSignal;
  /**
   * The elements of sets that need not be read. If something is refused, the assumption may be wrong, and everything is
   * read.
   */
  readonly assumed?: Elements | undefined;
  /** Whether it is known to fail as a whole. */
  readonly isApart: boolean;
  /** Whether the last attempt failed, too. */
  readonly isRepeated: boolean;
  /** The parts that have failed and should not be tried yet. */
  readonly leftOut: ReadonlySet<string>;
  /** `isCostly`: it took many transactions to find that it is this one. */
  readonly setAside: (service: ObjectKey, error: Error, isCostly: boolean) => void;
  readonly leaveOut: (part: string, error: Error) => void;
};

/**
 * Makes the kernel's table the desired one, whatever it is: reads it, and applies the difference. As long as nft refuses
 * that and names Services, these are set aside and the rest is tried again. If it names none, or does not finish in time, what
 * fails is found by bisection: Services are set aside, and parts that belong to no Service are left out.
 */
export async function applyFully(options: FullOptions): Promise<Applied> {
  const { kernel, desired, signal } = options;
  const gone = new Set<ObjectKey>();
  let assumed = options.assumed;
  let byOwner = false;
  let isApart = options.isApart || options.leftOut.size > 0;
  const putAside = (refused: ReadonlyMap<ObjectKey, Error>): boolean => {
    // If it still fails without the Service, the Service is not to blame.
    const services = [...refused].filter(([service]) => !gone.has(service));
    for (const [service, error] of services) {
      gone.add(service);
      options.setAside(service, error, isApart);
    }
    return services.length > 0;
  };
  while (!isApart) {
    const steps = stepsTo(await kernel.readTable(desired.declared(), assumed), desired);
    assumed = undefined;
    try {
      for (const [index, step] of steps.entries()) {
        if (byOwner || index > 0) signal.throwIfAborted();
        await kernel.apply(step, { byOwner });
      }
      const isReplaced = steps.some(({ commands }) => commands.some(({ kind }) => kind === "deleteTable"));
      const elements = steps.reduce((sum, step) => sum + elementCount(step), 0);
      return { kind: isReplaced ? "replaced" : "full", elements };
    } catch (error) {
      if (!(error instanceof Refusal)) {
        if (!(error instanceof Overrun || options.isRepeated)) throw error;
        isApart = true;
      } else if (!byOwner) byOwner = true;
      else isApart = !putAside(refusedServices(error));
    }
  }
  return applyApart(options, putAside);
}

async function applyApart(
  { kernel, family, desired, signal, leftOut, leaveOut }: FullOptions,
  putAside: (refused: ReadonlyMap<ObjectKey, Error>) => boolean,
): Promise<Applied> {
  let elements = 0;
  for (;;) {
    const read = partsFrom(kernel, desired);
    const bisection = new Bisection({ family, kernel, read, leftOut, signal });
    const failures = await bisection.run();
    elements += bisection.elements;
    const services = failures.flatMap(({ part: { service }, error }) =>
      service === undefined ? [] : [[service, error] as const],
    );
    // Other failures may be caused by them. What they have in the table must still be removed.
    if (putAside(new Map(services))) continue;
    for (const { part, error } of failures) leaveOut(part.name, error);
    return { kind: "full", elements };
  }
}

/**
 * The transactions from the kernel's table to the desired one: one if few elements differ, otherwise steps by way of a
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

/** The same in parts, always by way of a table whose rules serve both, and each time from the kernel's present contents. */
function partsFrom(kernel: Kernel, desired: DesiredTable): () => Promise<readonly Part[]> {
  const table = desired.table();
  let between: Table | undefined;
  return async () => {
    const present = await kernel.readTable(desired.declared());
    between ??= present && canBeParted(present, table) ? desired.table(present) : table;
    return partsOf(restoreTable(present, between), diffStructure(between, table).commands);
  };
}

/** Whether elements may be added and removed in several steps: not if the table, or a set of frontends, is refilled. */
function canBeParted(present: KnownTable, desired: Table): boolean {
  return (
    hasLayoutOf(present, desired) &&
    ![...present.unread].some((name) => desired.sets.has(name) && filledBy(name) === "frontend")
  );
}

function refusedServices({ servicePorts }: Refusal): ReadonlyMap<ObjectKey, Error> {
  return new Map(
    Array.from(servicePorts, ([servicePort, reason]) => [serviceOfPort(servicePort), new Refusal(reason)]),
  );
}
