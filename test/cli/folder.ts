import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The contents of files: a text, bytes, or objects to write as JSON, which is YAML; the items of a list are documents. */
export type Files = Readonly<Record<string, string | Uint8Array | object | readonly object[]>>;

/** Passes a folder with these files to `use`, and deletes it afterwards. */
export async function withFolder<T>(files: Files, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "kube-nft-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, fileText(content));
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function fileText(content: Files[string]): string | Uint8Array {
  if (typeof content === "string" || content instanceof Uint8Array) return content;
  const documents = Array.isArray(content) ? content : [content];
  return documents.map((document) => `${JSON.stringify(document)}\n`).join("---\n");
}
