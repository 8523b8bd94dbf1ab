import { execa } from "execa";
import { setDeclarations } from "../../compile/lower/sets.ts";
import { backoff } from "../../daemon/backoff.ts";
import { type Generation, generationReader } from "../../netlink/generations.ts";
import { systemClock, systemRandom } from "../host/clock.ts";

export type WatchEvents = {
  /** From now on, nothing goes unnoticed. */
  onSighted(): void;
  onGeneration(generation: Generation): void;
  /** From now on, all goes unnoticed. It will be tried again; `isNew`: it was not told since the last `onSighted`. */
  onLost(error: Error, isNew: boolean): void;
};

/**
 * Tells of every transaction that anybody commits to nftables in this network namespace, until the signal is aborted.
 * Resolves with the first `onSighted` or `onLost`, one of which comes within five seconds.
 *
 * It listens to the kernel's own notifications, through socat, as Node has no netlink sockets: a process of 4.5 MB that
 * sleeps until something happens. (`nft monitor` would keep a copy of all elements, 200 MB for 100,000 of them.) A
 * socat that ends is started again after a pause.
 */
export function watchTables(events: WatchEvents, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let isLost = false;
    const told: Watch = {
      onGeneration: (generation) => events.onGeneration(generation),
      onSighted: () => {
        isLost = false;
        events.onSighted();
        resolve();
      },
      onLost: (error) => {
        events.onLost(error, !isLost);
        isLost = true;
        resolve();
      },
    };
    void watchAgainAndAgain(told, signal).then(resolve);
  });
}

type Watch = Pick<WatchEvents, "onSighted" | "onGeneration"> & { onLost(error: Error): void };

async function watchAgainAndAgain(watch: Watch, signal: AbortSignal): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    const began = systemClock.now();
    const error = await watchOnce(watch, signal);
    if (signal.aborted) return;
    watch.onLost(error);
    // Each new one costs a full round. One that held for a while may have been ended by a person.
    if (systemClock.now() - began > 60_000) failures = 1;
    await systemClock.sleep(backoff(failures, { first: 1000, longest: 60_000 }, systemRandom), signal);
  }
}

/** Resolves with why it ended. */
async function watchOnce({ onSighted, onGeneration, onLost }: Watch, signal: AbortSignal): Promise<Error> {
  const socat = execa("socat", ["-d", "-d", "-u", listener, "-"], {
    buffer: false,
    encoding: "buffer",
    cancelSignal: signal,
    reject: false,
    stdin: "ignore",
    stderr: "pipe",
  });
  const late = setTimeout(() => onLost(new Error("socat does not listen yet")), patience);
  let said = "";
  let isListening = false;
  socat.stderr.setEncoding("utf8").on("data", (text: string) => {
    // In pieces, as they come.
    said = `${said}${text}`.slice(-1000);
    if (isListening || !said.includes(listening)) return;
    isListening = true;
    clearTimeout(late);
    onSighted();
  });
  try {
    const read = generationReader(sets, onGeneration);
    for await (const bytes of socat.iterable({ from: "stdout", binary: true, preserveNewlines: true })) read(bytes);
    const { shortMessage = "socat ended" } = await socat;
    return new Error(`${shortMessage}: ${said.trim().split("\n").at(-1)}`);
  } catch (error) {
    socat.kill();
    await socat;
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(late);
  }
}

/** Whether elements have counters makes no difference here. */
const sets = setDeclarations(false).map((set) => ({ ...set, elements: [] }));

const listening = "starting data transfer loop";

/** A socat that never says that it listens must not keep a node without rules. */
const patience = 5000;

/**
 * AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER; group 7 (NFNLGRP_NFTABLES) of the address. SO_RCVBUFFORCE makes room for the
 * notifications of a transaction with 300,000 elements.
 */
const listener = "SOCKET-RECV:16:3:12:x0000x00000000x40000000,setsockopt-listen=1:33:i67108864";
