/**
 * The kernel's jhash() of bytes, 32 bits, as a little-endian machine has it (include/linux/jhash.h: Bob Jenkins's
 * lookup3).
 */
export function jhash(bytes: readonly number[], seed: number): number {
  const start = 0xdeadbeef + bytes.length + seed;
  const state = Uint32Array.of(start, start, start);
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    add(state, bytes, at);
    for (const [left, right, next, bits] of mixing) {
      state[left] = (get(state, left) - get(state, right)) ^ rotate(get(state, right), bits);
      state[right] = get(state, right) + get(state, next);
    }
  }
  if (at === bytes.length) return get(state, 2);
  add(state, bytes, at);
  for (const [left, right, bits] of finishing) {
    state[left] = (get(state, left) ^ get(state, right)) - rotate(get(state, right), bits);
  }
  return get(state, 2);
}

/** The result of `jhash … mod`: the hash scaled down, like the kernel's reciprocal_scale(), not its remainder. */
export function jhashModulo(bytes: readonly number[], seed: number, modulus: number): number {
  return Number((BigInt(jhash(bytes, seed)) * BigInt(modulus)) >> 32n);
}

/** The steps of `__jhash_mix` and `__jhash_final`, with a, b and c as 0, 1 and 2. */
const mixing = [
  [0, 2, 1, 4],
  [1, 0, 2, 6],
  [2, 1, 0, 8],
  [0, 2, 1, 16],
  [1, 0, 2, 19],
  [2, 1, 0, 4],
] as const;
const finishing = [
  [2, 1, 14],
  [0, 2, 11],
  [1, 0, 25],
  [2, 1, 16],
  [0, 2, 4],
  [1, 0, 14],
  [2, 1, 24],
] as const;

/** Adds up to twelve bytes to the three words. */
function add(state: Uint32Array, bytes: readonly number[], from: number): void {
  for (const [index, byte] of bytes.slice(from, from + 12).entries()) {
    state[index >> 2] = get(state, index >> 2) + (byte << (8 * (index & 3)));
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function get(state: Uint32Array, index: number): number {
  return state[index] ?? 0;
}
