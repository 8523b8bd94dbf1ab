import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { RecordIndex } from "../../src/netlink/record-index.ts";

const keyLength = 8;
const length = 12;

/** Few different words, so that keys are alike, and a value that is no part of the key. */
const word = fc.oneof(fc.nat(3), fc.constantFrom(0xffffffff, 0x01000000, 0x80000000));
const arbitraryKeys = fc.uniqueArray(fc.tuple(word, word), { selector: (key) => key.join(), maxLength: 60 });

function viewOf(words: readonly number[]): DataView {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  for (const [index, each] of words.entries()) view.setUint32(index * 4, each);
  return view;
}

test("a record is found by its key, and no other is", () => {
  fc.assert(
    fc.property(arbitraryKeys, fc.array(fc.tuple(word, word)), (keys, others) => {
      const index = new RecordIndex(viewOf(keys.flatMap((key, number) => [...key, number])), length, keyLength);
      for (const [a, b] of [...keys, ...others]) {
        const expected = keys.findIndex(([first, second]) => first === a && second === b);
        expect(index.find(viewOf([9, a, b, 9]), 4)).toBe(expected);
      }
    }),
  );
});

test("100,000 records that follow one another are found", () => {
  const count = 100_000;
  const words = Array.from({ length: count }, (_, number) => [0x0a600000 + (number >> 4), number & 15, 0]);
  const view = viewOf(words.flat());
  const index = new RecordIndex(view, length, keyLength);
  const found = words.map((_, number) => index.find(view, number * length));
  expect(found).toEqual(words.map((_, number) => number));
  expect(index.find(viewOf([0x0a600000, 16]), 0)).toBe(-1);
});
