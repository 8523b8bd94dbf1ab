/** The SHA-256 digest of a text: 32 bytes as 8 words. */
export function sha256(text: string): Uint32Array {
  const bytes = padded(text);
  const state = Uint32Array.from(initial);
  const schedule = new Uint32Array(64);
  for (let at = 0; at < bytes.length; at += 64) {
    expand(bytes, at, schedule);
    compress(state, schedule);
  }
  return state;
}

/** The text, a one bit, zeros, and the length in bits: a multiple of 64 bytes. */
function padded(text: string): Uint8Array {
  const { length } = encoder.encode(text);
  const bytes = new Uint8Array(Math.ceil((length + 9) / 64) * 64);
  encoder.encodeInto(text, bytes);
  bytes[length] = 0x80;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, length * 8);
  return bytes;
}

const encoder = new TextEncoder();

function expand(bytes: Uint8Array, at: number, schedule: Uint32Array): void {
  const block = new DataView(bytes.buffer, at, 64);
  for (let index = 0; index < 16; index++) schedule[index] = block.getUint32(index * 4);
  for (let index = 16; index < 64; index++) {
    const [early, late] = [schedule[index - 15] ?? 0, schedule[index - 2] ?? 0];
    const mixedEarly = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
    const mixedLate = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
    schedule[index] = (schedule[index - 16] ?? 0) + mixedEarly + (schedule[index - 7] ?? 0) + mixedLate;
  }
}

function compress(state: Uint32Array, schedule: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let index = 0; index < 64; index++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const first =
      h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + choice + (constants[index] ?? 0) + (schedule[index] ?? 0);
    const second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + majority;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index] ?? 0) + value;
}

function rotated(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

const primes = Array.from({ length: 312 }, (_, number) => number).filter(
  (number) =>
    number > 1 && Array.from({ length: number }, (_, each) => each).every((each) => each < 2 || number % each !== 0),
);
/** The first 32 bits of the fractional parts of the roots of the first primes. */
const fraction = (root: number) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const initial: readonly number[] = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)) >>> 0);
const constants: readonly number[] = primes.slice(0, 64).map((prime) => fraction(Math.cbrt(prime)));
