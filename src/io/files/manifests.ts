import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { flattenLists, hasKind, type InputObject } from "../../decode/objects.ts";
import { visible } from "../../decode/quote.ts";
import type { Problem } from "../../model/problem.ts";
import { compareText } from "../../model/service.ts";
import { InputError } from "./input-error.ts";
import { failureWords, readText } from "./read.ts";
import type { ReadLimits } from "./read-limits.ts";
import { parseDocuments } from "./yaml.ts";

export type Manifests = { readonly objects: readonly InputObject[]; readonly problems: readonly Problem[] };

/**
 * The objects in files, in directories and, for `-`, in standard input, in the order of `paths`. Like kubectl it takes
 * from a directory the files whose names end in .yaml, .yml or .json, and with `isRecursive` those in its subdirectories.
 *
 * A document that cannot be read is a problem. Rejects with an InputError if a file cannot be read, or one of `paths`
 * contains no object: without the objects that should be in it, Services would seem to be deleted.
 */
export async function readManifests(
  paths: readonly string[],
  limits?: ReadLimits,
  isRecursive = false,
): Promise<Manifests> {
  const all: FileContent[] = [];
  for (const path of paths) for (const content of await readPath(path, limits, isRecursive)) all.push(content);
  const problems = all.flatMap((content) => content.problems);
  if (!all.every(({ isUsable }) => isUsable)) throw new InputError("the input cannot be used", problems);
  return { objects: all.flatMap(({ objects }) => objects), problems };
}

type FileContent = Manifests & { readonly isUsable: boolean };

async function readPath(
  path: string,
  limits: ReadLimits | undefined,
  isRecursive: boolean,
): Promise<readonly FileContent[]> {
  if (path === "-") return [named("standard input", await readFile("standard input", path, limits))];
  const file = visible(path);
  if (/^https?:\/\//i.test(path))
    return [unusable(file, "is a URL; -f takes files only: pipe the output of curl into -f -")];
  try {
    if (!statSync(path).isDirectory()) return [named(file, await readFile(file, path, limits))];
    const entries = readdirSync(path, { recursive: isRecursive, encoding: "utf8" });
    const names = entries.filter((name) => /\.(?:yaml|yml|json)$/.test(name));
    // Subdirectories are not files, whatever their name.
    const files = names.filter((name) => statSync(join(path, name), { throwIfNoEntry: false })?.isDirectory() !== true);
    if (files.length === 0) return [unusable(file, "holds no file *.yaml, *.yml or *.json")];
    const contents: FileContent[] = [];
    for (const name of files.sort(compareText)) {
      contents.push(await readFile(visible(join(path, name)), join(path, name), limits));
    }
    return contents;
  } catch (error) {
    return [unusable(file, failureWords(error))];
  }
}

async function readFile(file: string, path: string, limits: ReadLimits | undefined): Promise<FileContent> {
  try {
    const { documents, problems } = parseDocuments(await readText(path, limits));
    return {
      objects: documents.map(({ document, object }) => ({ object, source: { file, document } })),
      problems: problems.map(({ document, message }) => problem(file, message, document)),
      isUsable: true,
    };
  } catch (error) {
    return unusable(file, failureWords(error));
  }
}

/** A file named by the user. */
function named(file: string, content: FileContent): FileContent {
  if (!content.isUsable || content.objects.some(({ object }) => hasKind(object))) return content;
  const problems = [...content.problems, ...flattenLists(content.objects).problems];
  return { objects: [], problems: [...problems, problem(file, "holds no Kubernetes object")], isUsable: false };
}

function unusable(file: string, message: string): FileContent {
  return { objects: [], problems: [problem(file, message)], isUsable: false };
}

function problem(file: string, message: string, document?: number): Problem {
  return { source: { file, ...(document === undefined ? {} : { document }) }, object: "", field: "", message };
}
