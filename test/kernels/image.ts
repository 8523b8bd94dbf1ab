import { chmod, cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { root } from "../golden/fixture.ts";
import type { Work } from "./findings.ts";

/** What the guests have of this machine, besides the Node that runs the tests. */
const programs = [
  ..."sh cat sleep mount stty env timeout unshare nsenter setpriv perl modprobe ip conntrack nft".split(" "),
];

/** Files that programs read, and libraries that they load when they run. */
const files = ["/usr/lib/x86_64-linux-gnu/perl-base", "/etc/protocols", "/etc/services"];

/** Parts of the repository. */
const parts = ["package.json", "src", "test", "rules", "fixtures", ".cache/debian-13"];

/**
 * Makes the initramfs of a guest, in a folder of its own: this machine's userland as far as the tests need it, this
 * repository, and the modules of a kernel. Returns its path.
 */
export async function makeImage(folder: string, modules: string, work: Work): Promise<string> {
  const tree = join(folder, "tree");
  await rm(tree, { recursive: true, force: true });
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await mkdir(join(tree, "usr", name), { recursive: true });
    await symlink(`usr/${name}`, join(tree, name));
  }
  for (const name of ["proc", "sys", "dev", "tmp", "run", "root"]) await mkdir(join(tree, name));
  await copyPrograms(tree);
  for (const file of files) await cp(file, join(tree, file), { recursive: true });
  await copyRepository(join(tree, "kube-nft"));
  await cp(join(modules, "lib"), join(tree, "usr/lib"), { recursive: true });
  await cp(join(root, "test/kernels/init.sh"), join(tree, "init"));
  await chmod(join(tree, "init"), 0o755);
  await writeFile(join(tree, "kube-nft/work.json"), JSON.stringify(work));
  const image = join(folder, "initramfs");
  await execa("sh", ["-c", `find . | cpio --quiet -o -H newc >"$0"`, image], { cwd: tree });
  await rm(tree, { recursive: true });
  return image;
}

async function copyPrograms(tree: string): Promise<void> {
  const paths = await Promise.all(programs.map(async (name) => (await execa("which", [name])).stdout));
  const node = join(tree, "usr/bin/node");
  await cp(process.execPath, node);
  const { stdout } = await execa("ldd", [...paths, node]);
  const libraries = new Set(stdout.match(/\/\S+\.so\S*/g));
  for (const path of [...paths, ...libraries]) await execa("cp", ["--parents", "--dereference", path, tree]);
}

async function copyRepository(to: string): Promise<void> {
  for (const part of parts) await cp(join(root, part), join(to, part), { recursive: true, verbatimSymlinks: true });
  for (const name of await packagesOf("execa")) {
    await cp(join(root, "node_modules", name), join(to, "node_modules", name), { recursive: true });
  }
}

/** A package and all that it needs. */
async function packagesOf(name: string, found: ReadonlySet<string> = new Set()): Promise<ReadonlySet<string>> {
  if (found.has(name)) return found;
  const { dependencies = {} } = JSON.parse(await readFile(join(root, "node_modules", name, "package.json"), "utf8"));
  let all: ReadonlySet<string> = new Set([...found, name]);
  for (const each of Object.keys(dependencies)) all = await packagesOf(each, all);
  return all;
}
