import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { type ConntrackConfig, changedValue, conntrackBuckets, conntrackSysctls } from "../../daemon/sysctls.ts";

/** A value of this host that is wrong and cannot be changed. */
class SysctlError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = "SysctlError";
  }
}

export type SysctlChange = { readonly name: string; readonly from: string; readonly to: number };

/**
 * Sets the conntrack sysctls to the values that the configuration requests, and returns what it changed and what it could
 * not. Correct values are not written, so no privileges are needed on a host that is already set up.
 *
 * @param mayWrite if false, nothing is changed, and what would be is returned
 */
export function applyConntrackSysctls(
  config: ConntrackConfig,
  mayWrite = true,
): {
  readonly changes: readonly SysctlChange[];
  readonly failures: readonly SysctlError[];
} {
  const changes: SysctlChange[] = [];
  const failures: SysctlError[] = [];
  const set = (name: string, file: string, desired: (current: number) => number | undefined) => {
    try {
      const change = setValue(name, file, desired, mayWrite);
      if (change) changes.push(change);
    } catch (error) {
      if (!(error instanceof SysctlError)) throw error;
      failures.push(error);
    }
  };
  for (const sysctl of conntrackSysctls(config, cpus().length)) {
    const { name, value } = sysctl;
    set(`net.netfilter.${name}`, `/proc/sys/net/netfilter/${name}`, (current) => changedValue(sysctl, current));
    if (name !== "nf_conntrack_max") continue;
    set("the size of the table of nf_conntrack", bucketsFile, (current) => conntrackBuckets(value, current));
  }
  return { changes, failures };
}

const bucketsFile = "/sys/module/nf_conntrack/parameters/hashsize";

function setValue(
  name: string,
  file: string,
  desired: (current: number) => number | undefined,
  mayWrite: boolean,
): SysctlChange | undefined {
  const from = attempt(`cannot read ${name}: is the module nf_conntrack loaded?`, () =>
    readFileSync(file, "latin1").trim(),
  );
  const to = desired(Number(from));
  if (to === undefined) return undefined;
  attempt(
    `cannot set ${name} from ${from} to ${to}: set it on the host, run with sufficient privileges, or change the configuration`,
    () => mayWrite && writeFileSync(file, String(to)),
  );
  return { name, from, to };
}

function attempt<T>(message: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new SysctlError(message, error);
  }
}
