import { execa } from "execa";

export type Listener = {
  /** The groups of netfilter (enum nfnetlink_groups) to listen to. */
  readonly groups: readonly number[];
  /** From now on, nothing is missed. */
  readonly onListening: () => void;
  /** Takes notifications, in pieces of any size. While it runs, others wait. */
  readonly onBytes: (bytes: Uint8Array) => void | Promise<void>;
};

/**
 * Reads the kernel's notifications in this network namespace, through socat, as Node has no netlink sockets. Resolves with
 * why it ended: the signal, or notifications that came faster than they were read.
 */
export async function listen({ groups, onListening, onBytes }: Listener, signal: AbortSignal): Promise<Error> {
  const socat = execa("socat", ["-d", "-d", "-u", "-b", String(longestDatagram), socketOf(groups), "-"], {
    buffer: false,
    encoding: "buffer",
    cancelSignal: signal,
    reject: false,
    stdin: "ignore",
    stderr: "pipe",
  });
  let said = "";
  let isListening = false;
  socat.stderr.setEncoding("utf8").on("data", (text: string) => {
    // In pieces, as they arrive.
    said = `${said}${text}`.slice(-1000);
    if (isListening || !said.includes(listening)) return;
    isListening = true;
    onListening();
  });
  try {
    for await (const bytes of socat.iterable({ from: "stdout", binary: true, preserveNewlines: true })) {
      const taken = onBytes(bytes);
      if (taken !== undefined) await taken;
    }
    const { shortMessage = "socat ended" } = await socat;
    return new Error(`${shortMessage}: ${said.trim().split("\n").at(-1)}`);
  } catch (error) {
    socat.kill();
    await socat;
    return error instanceof Error ? error : new Error(String(error));
  }
}

const listening = "starting data transfer loop";

/** The kernel sends at most 32 KiB at once. */
const longestDatagram = 65536;

/**
 * AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER; the address has a bit for each group. SO_RCVBUFFORCE makes room for the
 * notifications of a transaction with 300,000 elements.
 */
function socketOf(groups: readonly number[]): string {
  const bits = groups.reduce((sum, group) => sum | (1 << (group - 1)), 0);
  const bytes = [0, 8, 16, 24].map((shift) => ((bits >>> shift) & 255).toString(16).padStart(2, "0"));
  return `SOCKET-RECV:16:3:12:x0000x00000000x${bytes.join("")},setsockopt-listen=1:33:i67108864`;
}
