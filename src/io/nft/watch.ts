import { setDeclarations } from "../../compile/lower/nftables/sets.ts";
import { backoff } from "../../daemon/backoff.ts";
import { type Generation, generationReader } from "../../netlink/generations.ts";
import { systemClock, systemRandom } from "../host/clock.ts";
import { listen } from "../netlink/listen.ts";

export type WatchEvents = {
  /** From now on, nothing is missed. */
  onSighted(): void;
  onGeneration(generation: Generation): void;
  /** From now on, everything is missed. It will retry; `isNew`: it was not reported since the last `onSighted`. */
  onLost(error: Error, isNew: boolean): void;
};

/**
 * Reports every transaction that is committed to nftables in this network namespace, until the signal is aborted. Resolves
 * with the first `onSighted` or `onLost`, one of which comes within five seconds.
 *
 * It listens to the kernel's own notifications, through socat, as Node has no netlink sockets: a process of 4.5 MB that
 * sleeps until something happens. (`nft monitor` would keep a copy of all elements, 200 MB for 100,000 of them.) A socat
 * that exits is restarted after a delay.
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
    // Each restart costs a full round. If it ran for a while, a person may have ended it.
    if (systemClock.now() - began > 60_000) failures = 1;
    await systemClock.sleep(backoff(failures, { first: 1000, longest: 60_000 }, systemRandom), signal);
  }
}

/** Resolves with why it ended. */
async function watchOnce({ onSighted, onGeneration, onLost }: Watch, signal: AbortSignal): Promise<Error> {
  const late = setTimeout(() => onLost(new Error("socat does not listen yet")), patience);
  const onListening = () => {
    clearTimeout(late);
    onSighted();
  };
  const onBytes = generationReader(sets, onGeneration);
  const error = await listen({ groups: [generations], onListening, onBytes }, signal);
  clearTimeout(late);
  return error;
}

/** Counters of elements make no difference here, but sets for counting do. */
const sets = setDeclarations(true).map((set) => ({ ...set, elements: [] }));

/** A socat that never reports that it listens must not leave a node without rules. */
const patience = 5000;

/** NFNLGRP_NFTABLES */
const generations = 7;
