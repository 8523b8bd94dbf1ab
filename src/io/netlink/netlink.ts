import { execa } from "execa";
import { dumpReader, type Message } from "../../netlink/message.ts";

/** Asks the kernel for all of something, and hands on the messages of its answer. Rejects where it is an error. */
export type Ask = (request: Uint8Array, onMessage: (message: Message) => void) => Promise<void>;

/** Talks with the netfilter of this network namespace, through socat, as Node has no netlink sockets. */
export async function withNetlink<T>(talk: (ask: Ask) => Promise<T>): Promise<T> {
  const socat = execa("socat", ["-b", String(longestDatagram), "-", netfilterSocket], options);
  // That it has ended is told by its promise.
  socat.stdin.on("error", () => undefined);
  const ended = socat.then(({ code, shortMessage = "socat ended" }) => {
    throw new Error(code === "ENOENT" ? "socat is not in PATH; install the package socat" : shortMessage);
  });
  const ask: Ask = (request, onMessage) => {
    let stop = () => {};
    const answered = new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the kernel does not answer")), patience);
      const read = dumpReader(onMessage, resolve);
      const take = (bytes: Uint8Array) => {
        timer.refresh();
        try {
          read(bytes);
        } catch (error) {
          reject(error);
        }
      };
      stop = () => {
        clearTimeout(timer);
        socat.stdout.off("data", take);
      };
      socat.stdout.on("data", take);
      socat.stdin.write(request);
    });
    return Promise.race([answered, ended])
      .finally(stop)
      .then((errno) => {
        if (errno !== 0) throw new Error(`the kernel refuses to tell of nftables: errno ${errno}`);
      });
  };
  try {
    return await Promise.race([talk(ask), ended]);
  } finally {
    socat.kill();
    ended.catch(() => undefined);
  }
}

/** From one part of an answer to the next. */
const patience = 10_000;

/** The kernel sends no more than 32 KiB at once. */
const longestDatagram = 65536;

/** AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, and the address of the kernel. */
const netfilterSocket = "SOCKET-DATAGRAM:16:3:12:x0000x00000000x00000000";

const options = {
  buffer: false,
  encoding: "buffer",
  reject: false,
  stdin: "pipe",
  stdout: "pipe",
  stderr: "ignore",
} as const;
