import { packetLines } from "../ask/packet-lines.ts";
import { packetOf, sender, target } from "../ask/packet-question.ts";
import { explainService } from "../ask/service/explanation.ts";
import { explanationLines } from "../ask/service/explanation-lines.ts";
import { serviceDetails } from "../decode/service-details.ts";
import { addressFamily } from "../model/address.ts";
import { evaluator } from "../nft/evaluate/evaluate.ts";
import { possibilities } from "../nft/evaluate/outcome.ts";
import { serviceKeyOf, whyNotServed } from "./service-name.ts";
import type { SourceOptions } from "./sources.ts";
import { askedWorlds } from "./worlds.ts";

/** What a command answers. */
export type Answer = { readonly text: string; readonly isWrong: boolean };

type Options = SourceOptions & { readonly output: string };

export async function answerService(options: Options, name: string, port: string | undefined): Promise<Answer> {
  const key = serviceKeyOf(name);
  const { worlds, objects } = await askedWorlds(options, false);
  const details = serviceDetails(objects, key);
  const explained = explainService(worlds, key, details, port);
  if (explained === undefined) throw new Error(whyNotServed(key, objects));
  if (port !== undefined && explained.ports.length === 0)
    throw new Error(`Service ${key} has no port ${JSON.stringify(port)}`);
  const isWrong = explained.findings.some(({ severity }) => severity === "error");
  return { text: options.output === "json" ? json(explained) : lines(explanationLines(explained)), isWrong };
}

export async function answerPacket(options: Options, from: string, to: string): Promise<Answer> {
  const [client, aim] = [sender(from), target(to)];
  const { worlds } = await askedWorlds(options, false);
  const world = worlds.find(({ family }) => family === addressFamily(aim.daddr));
  if (world === undefined) throw new Error("--family leaves out what --to asks about");
  const packet = packetOf(world, client, aim);
  const outcomes = evaluator(world.plans.rendered(), world.nodeAddresses)(packet);
  const text =
    options.output === "json" ? json({ packet, outcomes: packetJSON(outcomes) }) : lines(packetLines(packet, outcomes));
  return { text, isWrong: false };
}

function packetJSON(outcomes: Parameters<typeof possibilities>[0]): unknown {
  return possibilities(outcomes).map(({ result, probability: { numerator, denominator } }) => ({
    ...result,
    probability: `${numerator}/${denominator}`,
  }));
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
