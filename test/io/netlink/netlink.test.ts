import { expect, test } from "@jest/globals";
import { askWhole, withNetlink } from "../../../src/io/netlink/netlink.ts";
import { withProgram } from "../../support/with-program.ts";

/** A message without attributes, and the end of an answer; `interrupted` as the kernel marks what it could not keep whole. */
const [plain, interrupted] = [2, 0x12] as const;
const part = (flags: number, type = 0x100) => [20, 0, 0, 0, type & 255, type >> 8, flags, 0, ...new Array(12).fill(0)];
const end = (flags: number) => part(flags, 3);

/** Runs `body` with a kernel that gives these answers, one to each request, and then says no more. */
function withAnswers<T>(answers: readonly (readonly number[])[], body: () => Promise<T>): Promise<T> {
  const script = `#!${process.execPath}
    const answers = ${JSON.stringify(answers)};
    process.stdin.on("data", () => {
      const answer = answers.shift();
      if (answer === undefined) process.exit(1);
      process.stdout.write(Buffer.from(answer));
    });\n`;
  return withProgram("socat", script, body);
}

const request = Uint8Array.from(part(1));

/** How many messages are gathered from a dump. */
async function gather(): Promise<number> {
  let count = 0;
  await withNetlink((ask) =>
    askWhole(ask, request, () => {
      count = 0;
      return () => {
        count += 1;
      };
    }),
  );
  return count;
}

const wholeInTheEnd = [
  ["a part", [...part(plain), ...part(interrupted), ...part(plain), ...end(plain)]],
  ["the end", [...part(plain), ...part(plain), ...end(interrupted)]],
] as const;

test.each(wholeInTheEnd)("B-229 a request is repeated if %s says that its answer may be incomplete", (_, first) =>
  withAnswers([first, first, [...part(plain), ...end(plain)]], async () => expect(await gather()).toBe(1)),
);

test("B-229 an answer that is never complete is a failure", () =>
  withAnswers(new Array(20).fill(end(interrupted)), () => expect(gather()).rejects.toThrow("read completely")));

test("B-229 an answer that breaks off is a failure, for example if the socket's buffer is full", () =>
  withAnswers([], () => expect(gather()).rejects.toThrow("socat")));
