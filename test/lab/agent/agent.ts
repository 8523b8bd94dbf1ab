/**
 * The process that lives in one namespace of the lab: it answers whoever calls, and calls others when asked.
 * Usage: node agent.ts <host>. It ends when its stdin does, so it cannot outlive the lab.
 */

import { createInterface } from "node:readline";
import { type Asked, type Question, type Reply, readiness } from "../messages.ts";
import { type Host, hosts } from "../world.ts";
import { Caller } from "./caller.ts";
import { prepareKernel } from "./kernel.ts";
import { RawSockets } from "./raw.ts";
import { answerSctp, listen } from "./servers.ts";
import { volley } from "./volley.ts";
import { Watch } from "./watch.ts";

const host = hostNamed(process.argv[2]);
prepareKernel(host);
const watch = new Watch();
const raw = await RawSockets.open(host, (packet) => {
  watch.see(packet);
  answerSctp(host, raw, packet);
});
const caller = new Caller(raw, watch);
reply(readiness, { kind: "answer", answer: undefined });
for await (const line of createInterface(process.stdin)) {
  const asked: Asked = JSON.parse(line);
  answer(asked)
    .then((value) => reply(asked.id, { kind: "answer", answer: value }))
    .catch((error: unknown) => reply(asked.id, { kind: "error", message: String(error) }));
}
process.exit();

function answer(asked: Question): Promise<unknown> {
  switch (asked.kind) {
    case "listen":
      return listen(host, asked.question);
    case "attempt":
      return caller.attempt(asked.question);
    case "volley":
      return volley(caller, asked.question);
    case "bulk":
      return caller.bulk(asked.question);
    case "open":
      return caller.open(asked.question);
    case "again":
      return caller.again(asked.question);
    case "hangUp":
      return caller.hangUp(asked.question);
  }
}

function reply(id: number, value: Reply<unknown>): void {
  process.stdout.write(`${id} ${JSON.stringify(value)}\n`);
}

function hostNamed(name: string | undefined): Host {
  const found = hosts.find((candidate) => candidate === name);
  if (!found) {
    throw new Error(`usage: node agent.ts ${hosts.join("|")}`);
  }
  return found;
}
