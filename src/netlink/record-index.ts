/**
 * Finds records of fixed length by their first words, the key: a hash table with open addressing. It takes a tenth of
 * the time and memory of a Map keyed by text; a large cluster has hundreds of thousands of records.
 */
export class RecordIndex {
  readonly #records: DataView;
  readonly #length: number;
  readonly #keyLength: number;
  /** The number of a record plus one, by the hash of its key; 0 for none. At most half of it is in use. */
  readonly #places: Uint32Array;

  /** @param length of a record, in bytes, and of its key: multiples of four */
  constructor(records: DataView, length: number, keyLength: number) {
    this.#records = records;
    this.#length = length;
    this.#keyLength = keyLength;
    const count = records.byteLength / length;
    this.#places = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
    for (let number = 0; number < count; number++) {
      this.#places[this.#place(records, number * length)] = number + 1;
    }
  }

  /** The number of the record with the key at this place of another view; -1 for none. */
  find(view: DataView, at: number): number {
    return (this.#places[this.#place(view, at)] ?? 0) - 1;
  }

  /** The place of a key, or the free place where it belongs. */
  #place(view: DataView, at: number): number {
    const mask = this.#places.length - 1;
    for (let place = this.#hash(view, at) & mask; ; place = (place + 1) & mask) {
      const number = this.#places[place] ?? 0;
      if (number === 0 || haveSameBytes(this.#records, (number - 1) * this.#length, view, at, this.#keyLength)) {
        return place;
      }
    }
  }

  /** MurmurHash3's finalizer after each word. */
  #hash(view: DataView, at: number): number {
    let hash = 0;
    for (let offset = 0; offset < this.#keyLength; offset += 4) {
      hash = Math.imul(hash ^ view.getUint32(at + offset), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      hash ^= hash >>> 16;
    }
    return hash;
  }
}

/** @param length a multiple of four */
export function haveSameBytes(a: DataView, atA: number, b: DataView, atB: number, length: number): boolean {
  for (let offset = 0; offset < length; offset += 4) {
    if (a.getUint32(atA + offset) !== b.getUint32(atB + offset)) return false;
  }
  return true;
}
