import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** How the agent's nft behaves when it is to change something. */
export type Behaviour =
  | { readonly kind: "works" }
  | { readonly kind: "fails"; readonly times: number }
  | { readonly kind: "hangs" }
  /** Makes the file `began` when it begins, and takes its time. */
  | { readonly kind: "slow"; readonly seconds: number }
  /** Refuses transactions in which a text occurs. */
  | { readonly kind: "refuses"; readonly text: string }
  /** Makes the file `began` when it begins. */
  | { readonly kind: "tells" };

/** The nft that the agent finds in its PATH: a script that does what the test wants, and else what nft does. */
export class NodeNft {
  readonly folder: string;
  readonly #nft: string;
  #generation = 0;

  constructor(folder: string, nft: string) {
    this.folder = folder;
    this.#nft = nft;
  }

  get began(): string {
    return join(this.folder, "began");
  }

  /** As if it had not begun. */
  forget(): Promise<void> {
    return rm(this.began, { force: true });
  }

  async behave(behaviour: Behaviour): Promise<void> {
    this.#generation += 1;
    await mkdir(this.folder, { recursive: true });
    const fresh = join(this.folder, `nft-${this.#generation}`);
    const text = `#!/bin/sh
${this.#session}
if [ "$*" = "-f -" ]; then
${this.#script(behaviour)}
fi
exec '${this.#nft}' "$@"
`;
    await writeFile(fresh, text);
    await chmod(fresh, 0o755);
    await rename(fresh, join(this.folder, "nft"));
  }

  /** An nft that was started before its behaviour changed has each line carried out by the script as it is then. */
  get #session(): string {
    return `if [ "$*" = "-i" ]; then
  while IFS= read -r line; do
    case $line in
      "end of "*) printf 'Error: syntax error\\n%s\\n' "$line" >&2 ;;
      *)
        code=0
        printf '%s\\n' "$line" | '${join(this.folder, "nft")}' -f - || code=$?
        [ $code -le 1 ] || exit $code
        ;;
    esac
  done
  exit
fi`;
  }

  #script(behaviour: Behaviour): string {
    switch (behaviour.kind) {
      case "works":
        return ":";
      case "fails": {
        const failed = join(this.folder, `failed-${this.#generation}`);
        return `count=$(wc -l 2>/dev/null <'${failed}' || echo 0)
          if [ "$count" -lt ${behaviour.times} ]; then echo >>'${failed}'; echo "nft: out of order" >&2; exit 3; fi`;
      }
      case "hangs":
        return "exec sleep 600";
      case "slow":
        return `: >'${this.began}'; sleep ${behaviour.seconds}`;
      case "refuses":
        return `text=$(cat)
          line=$(printf '%s\\n' "$text" | grep -nF -m 1 '${behaviour.text}' | cut -d : -f 1)
          if [ -n "$line" ]; then
            echo "/dev/stdin:$line:1-10: Error: Could not process rule: Invalid argument" >&2
            exit 1
          fi
          printf '%s\\n' "$text" | exec '${this.#nft}' "$@"
          exit $?`;
      case "tells":
        return `: >'${this.began}'`;
    }
  }
}
