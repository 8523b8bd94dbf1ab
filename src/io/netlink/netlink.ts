import { execa } from "execa";
import { answerReader, type End, type Message } from "../../netlink/message.ts";

/**
 * Asks the kernel for all of something, and hands on the messages of its answer. Returns whether nothing changed
 * meanwhile: else the answer may lack something. Rejects where it is an error.
 */
export type Ask = (request: Uint8Array, onMessage: (message: Message) => void) => Promise<boolean>;

/** Asks the kernel to do things, and returns what it says of each: an error of errno(3), or 0. */
export type Tell = (requests: readonly Uint8Array[]) => Promise<readonly number[]>;

/**
 * Talks with the netfilter of this network namespace, through socat, as Node has no netlink sockets. Rejects early where
 * the signal is aborted.
 */
export async function withNetlink<T>(talk: (ask: Ask, tell: Tell) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const cancel = signal === undefined ? {} : { cancelSignal: signal };
  const socat = execa("socat", ["-b", String(longestDatagram), "-", netfilterSocket], { ...options, ...cancel });
  // That it has ended is told by its promise.
  socat.stdin.on("error", () => undefined);
  const ended = socat.then(({ code, shortMessage = "socat ended" }) => {
    throw new Error(code === "ENOENT" ? "socat is not in PATH; install the package socat" : shortMessage);
  });
  const exchange = (request: Uint8Array, answers: number, onMessage: (message: Message) => void) => {
    let stop = () => {};
    const answered = new Promise<readonly End[]>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the kernel does not answer")), patience);
      const ends: End[] = [];
      const read = answerReader(onMessage, (end) => {
        if (ends.push(end) === answers) resolve(ends);
      });
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
    return Promise.race([answered, ended]).finally(stop);
  };
  const ask: Ask = async (request, onMessage) => {
    const ends = await exchange(request, 1, onMessage);
    for (const { errno } of ends) if (errno !== 0) throw new NetlinkRefusal(errno);
    return ends.every(({ isWhole }) => isWhole);
  };
  const tell: Tell = async (requests) => {
    const errors: number[] = [];
    for (let i = 0; i < requests.length; i += mostAtOnce) {
      const batch = requests.slice(i, i + mostAtOnce);
      const ends = await exchange(Buffer.concat(batch), batch.length, () => undefined);
      errors.push(...ends.map(({ errno }) => errno));
    }
    return errors;
  };
  try {
    return await Promise.race([talk(ask, tell), ended]);
  } finally {
    socat.kill();
    ended.catch(() => undefined);
  }
}

/** Asks again where the answer may lack something. `begin` is called each time, and returns what takes the messages. */
export async function askWhole(ask: Ask, request: Uint8Array, begin: () => (message: Message) => void): Promise<void> {
  for (let tries = 0; tries < 10; tries++) if (await ask(request, begin())) return;
  throw new Error("it changes too often to be read completely");
}

/** The kernel refused a request, with an error of errno(3). */
export class NetlinkRefusal extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(
      errno === permission
        ? "netlink needs CAP_NET_ADMIN; run it as root"
        : `the kernel refuses to answer: errno ${errno}`,
    );
    this.name = "NetlinkRefusal";
    this.errno = errno;
  }
}

/** EPERM */
const permission = 1;

/** So many answers have room in the socket's buffer. */
const mostAtOnce = 64;

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
