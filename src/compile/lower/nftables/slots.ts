import { hash } from "./hash.ts";

/** The longest list without spare slots. */
export const longestExact = 16;

/** The last slot to try, which is never empty. It is beyond the size of every list. */
export const lastSlot = 1_048_575;

/**
 * How many numbers are tried before the last slot: 64 to 80 % of the slots are in use, so 1 in 450 connections gets there.
 */
export const tries = 6;

/** The sizes of lists with spare slots: primes that grow by a quarter. */
const sizes: readonly number[] = primesFrom(23, lastSlot);

/** The size of a list with this many endpoints: a random number below it is a slot, empty or not. */
export function listSize(endpoints: number): number {
  if (endpoints <= longestExact) return endpoints;
  const size = sizes.find((each) => endpoints <= mostIn(each));
  if (size === undefined) throw new RangeError(`a list cannot have ${endpoints} endpoints`);
  return size;
}

/** The neighbouring sizes, which a list may soon need. */
export function neighbours(size: number): readonly number[] {
  const index = sizes.indexOf(size);
  return index === -1 ? [] : sizes.slice(Math.max(0, index - 1), index + 2);
}

/** The minimum and maximum number of endpoints in lists of a size. */
export function endpointRange(size: number): readonly [least: number, most: number] {
  const index = sizes.indexOf(size);
  if (index === -1) return [size, size];
  return [mostIn(sizes[index - 1] ?? longestExact / fullness) + 1, mostIn(size)];
}

/**
 * Gives each endpoint of a list its slots: the number that leads to it.
 *
 * Up to 16 endpoints use the slots from 0 in order. A longer list has more slots than endpoints, so that
 * adding or removing an endpoint leaves nearly all others in place. The slots only depend on the set of
 * endpoints, not on its history. The first by the hash also has the last slot.
 *
 * @param nameOf of the endpoint at a place of the list, which is hashed: equal for equal endpoints on every node and at
 *   every time
 */
export function giveSlots(
  count: number,
  nameOf: (place: number) => string,
  give: (slot: number, place: number) => void,
): void {
  if (count <= longestExact) {
    for (let place = 0; place < count; place++) give(place, place);
    return;
  }
  const size = listSize(count);
  const hashed = Array.from({ length: count }, (_, place) => {
    const name = nameOf(place);
    return { place, order: hash(name, 0), start: hash(name, 1), step: hash(name, 2) };
  });
  hashed.sort((a, b) => a.order - b.order || a.place - b.place);
  const taken = new Uint8Array(size);
  for (const { place, start, step } of hashed) {
    let slot = start % size;
    // As the size is a prime, every slot is tried.
    while (taken[slot] === 1) slot = (slot + 1 + (step % (size - 1))) % size;
    taken[slot] = 1;
    give(slot, place);
  }
  give(lastSlot, hashed[0]?.place ?? 0);
}

const fullness = 0.8;

function mostIn(size: number): number {
  return Math.floor(size * fullness);
}

function primesFrom(first: number, limit: number): readonly number[] {
  const primes: number[] = [];
  for (let least = first; least < limit; least *= 1.25) {
    let candidate = Math.ceil(least);
    while (!isPrime(candidate)) candidate += 1;
    if (candidate < limit) primes.push(candidate);
  }
  return primes;
}

function isPrime(value: number): boolean {
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return true;
}
