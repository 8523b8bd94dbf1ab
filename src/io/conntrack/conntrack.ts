import { ExecaError, execa } from "execa";
import type { Conntrack } from "../../daemon/follow/conntrack.ts";
import type { Flow, FlowFilter } from "../../daemon/follow/udp-frontends.ts";
import type { Family } from "../../model/address.ts";

/** A call of the program conntrack that failed, with what a person can do about it. */
export class ConntrackError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = "ConntrackError";
  }
}

/** The kernel's connections in this network namespace, by way of the program conntrack. */
export const conntrack: Conntrack = {
  async deleteFlows(family, stale, signal) {
    const { flows, filters } = await findStale(family, stale, signal);
    return { flows, deleted: await deleteMatching(family, filters, signal) };
  },
};

/** Goes through all UDP flows and collects what `stale` returns, each filter once. */
async function findStale(
  family: Family,
  stale: (flow: Flow) => FlowFilter | undefined,
  signal: AbortSignal,
): Promise<{ readonly flows: number; readonly filters: readonly FlowFilter[] }> {
  const filters = new Map<string, FlowFilter>();
  let flows = 0;
  const args = ["-L", "-f", familyArguments[family], "-p", "udp"];
  await run(args, signal, (line) => {
    const flow = readFlow(line);
    if (flow === undefined) return;
    flows += 1;
    const filter = stale(flow);
    if (filter !== undefined) filters.set(Object.values(filter).join(" "), filter);
  });
  return { flows, filters: [...filters.values()] };
}

/**
 * Deletes the flows that match any of the filters, and returns how many there were.
 *
 * For each filter the program goes through the kernel's table once, which takes 3 ms, or 0.2 s where there are 100,000
 * flows. It cannot take several from its stdin, as it opens that by name, which fails where it is a socket.
 */
async function deleteMatching(family: Family, filters: readonly FlowFilter[], signal: AbortSignal): Promise<number> {
  let deleted = 0;
  for (const filter of filters) {
    await run(deleteArguments(family, filter), signal, (line) => {
      if (readFlow(line) !== undefined) deleted += 1;
    });
  }
  return deleted;
}

function deleteArguments(family: Family, filter: FlowFilter): readonly string[] {
  const { destination, destinationPort, replySource, replySourcePort } = filter;
  return [
    ...["-D", "-f", familyArguments[family], "-p", "udp", "-w", "0"],
    ...["--orig-dst", destination, "--orig-port-dst", String(destinationPort)],
    ...(replySource === undefined ? [] : ["--reply-src", replySource]),
    ...(replySourcePort === undefined ? [] : ["--reply-port-src", String(replySourcePort)]),
  ];
}

const familyArguments: Readonly<Record<Family, string>> = { ip: "ipv4", ip6: "ipv6" };

/**
 * The flow in a line of the program's output, whose first half is about the original direction, the second about the
 * reply. Undefined for other lines, and for flows in other zones than the default, which are not ours.
 */
export function readFlow(line: string): Flow | undefined {
  if (!line.startsWith("udp ") || line.includes(" zone")) return undefined;
  const [, destination, destinationPort, replySource, replySourcePort] = flowLine.exec(line) ?? [];
  if (destination === undefined || replySource === undefined) return undefined;
  return {
    destination,
    destinationPort: Number(destinationPort),
    replySource,
    replySourcePort: Number(replySourcePort),
  };
}

const flowLine = / dst=(\S+) sport=\d+ dport=(\d+) (?:.*? )?src=(\S+) dst=\S+ sport=(\d+) /;

/**
 * Runs the program and passes on each line of its output. A call that ends early is made again: what it has deleted by
 * then is gone, and what it has listed is listed once more, which does no harm.
 */
async function run(args: readonly string[], signal: AbortSignal, onLine: (line: string) => void): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(args, signal, onLine);
    } catch (error) {
      if (isNoMatch(error)) return;
      if (attempt < mostAttempts && !signal.aborted && isInterruption(error)) continue;
      throw conntrackError(error);
    }
  }
}

async function runOnce(args: readonly string[], signal: AbortSignal, onLine: (line: string) => void): Promise<void> {
  const child = execa("conntrack", args, {
    stdin: "ignore",
    buffer: { stdout: false },
    cancelSignal: signal,
    timeout: 60_000,
    env: { LC_ALL: "C" },
  });
  let rest = "";
  child.stdout.setEncoding("latin1");
  child.stdout.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  await child;
}

/** The flows to delete were gone already. */
function isNoMatch(error: unknown): boolean {
  return error instanceof ExecaError && String(error.stderr).includes(": 0 flow entries have been deleted");
}

const mostAttempts = 20;

/** A signal came, too much happened while the kernel answered, or a flow that was to be deleted had just ended. */
function isInterruption(error: unknown): boolean {
  return error instanceof ExecaError && interruptions.test(String(error.stderr));
}

const interruptions = /Interrupted system call|No buffer space available|such conntrack doesn't exist/;

function conntrackError(error: unknown): unknown {
  if (!(error instanceof ExecaError)) return error;
  const output = String(error.stderr ?? "").trim();
  if (error.code === "ENOENT") {
    return new ConntrackError("conntrack is not in PATH; install the package conntrack", error);
  }
  if (output.includes("Operation not permitted")) {
    return new ConntrackError("conntrack may not do this: it needs CAP_NET_ADMIN; run it as root", error);
  }
  return new ConntrackError(`conntrack failed: ${output === "" ? error.shortMessage : output}`, error);
}
