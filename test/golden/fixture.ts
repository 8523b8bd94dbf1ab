import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of the repository, in which the fixtures' commands are run. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The names of the cases, `cluster-ip` for `fixtures/cluster-ip.yaml`, in the order of a directory listing. */
export const fixtureNames: readonly string[] = namesIn("fixtures", ".yaml");

/** The names of a folder's files that end so, without the ending. */
export function namesIn(folder: string, ending: string): readonly string[] {
  return readdirSync(`${root}/${folder}`)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, file.length - ending.length))
    .sort();
}

/** The first two lines of a fixture, which are comments: the arguments of kube-nft, and why the case exists. */
export function heading(fixture: string): { readonly args: readonly string[]; readonly why: string } {
  const [command = "", why = ""] = readFileSync(`${root}/fixtures/${fixture}.yaml`, "utf8").split("\n", 2);
  const prefix = "# kube-nft ";
  if (!command.startsWith(prefix)) throw new Error(`fixtures/${fixture}.yaml does not begin with "${prefix}…"`);
  return { args: command.slice(prefix.length).split(" "), why };
}
