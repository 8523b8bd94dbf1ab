import { execa } from "execa";
import { setDeclarations } from "../../compile/lower/sets.ts";
import { type Generation, generationReader } from "../../netlink/generations.ts";
import { systemClock } from "../host/clock.ts";

export type GenerationEvents = {
  /** From now on, nothing goes unnoticed. */
  onListening(): void;
  onGeneration(generation: Generation): void;
  /** It ended, or could not be started; it will be tried again. */
  onLost(error: Error): void;
};

/**
 * Tells of every transaction that anybody commits to nftables in this network namespace, until the signal is aborted.
 *
 * It listens to the kernel's own notifications, through socat, as Node has no netlink sockets: a process of 4.5 MB that
 * sleeps until something happens. (`nft monitor` would keep a copy of all elements, 200 MB for 100,000 of them.) A
 * socat that ends is started again after a pause; what happened meanwhile is unknown, hence `onLost`.
 */
export async function watchGenerations(
  { onListening, onGeneration, onLost }: GenerationEvents,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    const began = systemClock.now();
    const socat = execa("socat", ["-d", "-d", "-u", listener, "-"], {
      buffer: false,
      encoding: "buffer",
      cancelSignal: signal,
      reject: false,
      stdin: "ignore",
      stderr: "pipe",
    });
    let said = "";
    socat.stderr.setEncoding("utf8").on("data", (text: string) => {
      // In pieces, as they come.
      const isListening = said.includes(listening);
      said = `${said}${text}`.slice(-1000);
      if (!isListening && said.includes(listening)) onListening();
    });
    try {
      const read = generationReader(sets, onGeneration);
      for await (const bytes of socat.iterable({ from: "stdout", binary: true, preserveNewlines: true })) read(bytes);
    } catch (error) {
      socat.kill();
      if (!signal.aborted) onLost(error instanceof Error ? error : new Error(String(error)));
    }
    const { shortMessage = "socat ended" } = await socat;
    if (signal.aborted) return;
    onLost(new Error(`${shortMessage}: ${said.trim().split("\n").at(-1)}`));
    // Each new one costs a full round. One that held for a while may have been ended by a person.
    if (systemClock.now() - began > 60_000) failures = 1;
    await systemClock.sleep(Math.min(1000 * 2 ** (failures - 1), 60_000), signal);
  }
}

/** Whether elements have counters makes no difference here. */
const sets = setDeclarations(false).map((set) => ({ ...set, elements: [] }));

const listening = "starting data transfer loop";

/**
 * AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER; group 7 (NFNLGRP_NFTABLES) of the address. SO_RCVBUFFORCE makes room for the
 * notifications of a transaction with 300,000 elements.
 */
const listener = "SOCKET-RECV:16:3:12:x0000x00000000x40000000,setsockopt-listen=1:33:i67108864";
