import { packetLines } from "../ask/packet-lines.ts";
import { packetOf, sender, target } from "../ask/packet-question.ts";
import { explainService } from "../ask/service/explanation.ts";
import { explanationLines } from "../ask/service/explanation-lines.ts";
import { nearest } from "../decode/nearest.ts";
import { type ServiceDetails, serviceDetails, serviceNames } from "../decode/service-details.ts";
import { addressFamily } from "../model/address.ts";
import type { ObjectKey } from "../model/service.ts";
import { evaluator } from "../nft/evaluate/evaluate.ts";
import { possibilities } from "../nft/evaluate/outcome.ts";
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
  if (explained === undefined)
    throw new Error(details === undefined ? unknownService(key, serviceNames(objects)) : whoseWork(key, details));
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

/** `web` and `service/web` are in the namespace default, as for kubectl. */
function serviceKeyOf(name: string): ObjectKey {
  const parts = name.replace(/^(svc|service|services)\//i, "").split("/");
  const [first = "", second] = parts;
  if (parts.length > 2 || first === "" || second === "")
    throw new Error(`${JSON.stringify(name)} is not NAMESPACE/NAME`);
  return second === undefined ? `default/${first}` : `${first}/${second}`;
}

function unknownService(key: ObjectKey, known: readonly ObjectKey[]): string {
  const near = nearest(key, known);
  const [, name] = key.split("/");
  const elsewhere = known.filter((each) => each.endsWith(`/${name}`)).slice(0, 3);
  const meant = near === undefined ? elsewhere : [near];
  const hint =
    meant.length > 0 ? `; did you mean ${meant.join(" or ")}?` : known.length === 0 ? "; the input has no Service" : "";
  return `there is no Service ${key}${hint}`;
}

/** Whose work a Service is that no service proxy serves. */
function whoseWork(key: ObjectKey, { unserved, externalName }: ServiceDetails): string {
  switch (unserved) {
    case "headless":
      return `Service ${key} is headless: the cluster's DNS answers with the addresses of its endpoints, and clients connect to them directly. No service proxy has a part in it`;
    case "ExternalName":
      return `Service ${key} is of type ExternalName: the cluster's DNS answers with the name ${JSON.stringify(externalName ?? "")}. No service proxy has a part in it`;
    case "other proxy":
      return `Service ${key} has the label service.kubernetes.io/service-proxy-name: another proxy serves it`;
    case undefined:
      return `Service ${key} is not served: it has no usable ClusterIP, or is malformed; render says what is wrong with it`;
  }
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
