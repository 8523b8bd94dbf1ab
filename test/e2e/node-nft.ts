import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";

/** How the agent's nft behaves when it has to change something. */
export type Behaviour =
  | { readonly kind: "works" }
  | { readonly kind: "fails"; readonly times: number }
  /** Creates the file `began` when it starts, and hangs; only for transactions with a text, if one is given. */
  | { readonly kind: "hangs"; readonly on?: string }
  /** Creates the file `began` when it starts, and waits for `proceed`. */
  | { readonly kind: "waits" }
  /** Refuses transactions, and checks of them, that contain a text; if mute, it does not report the line. */
  | { readonly kind: "refuses"; readonly text: string; readonly isMute?: boolean }
  /** Creates the file `began` when it starts. */
  | { readonly kind: "tells" };

/**
 * The nft in the agent's PATH: a script that does what the test wants, and then becomes nft, because the kernel reports
 * the process that commits.
 */
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

  /** Resets `began`, and lets a waiting nft continue. */
  proceed(): Promise<void> {
    return rm(this.began, { force: true });
  }

  /** From now on. A long-running nft is ended, so that the agent starts another. */
  async behave(behaviour: Behaviour): Promise<void> {
    this.#generation += 1;
    await mkdir(this.folder, { recursive: true });
    const fresh = join(this.folder, `nft-${this.#generation}`);
    const text = `#!/bin/sh
if [ "$*" = "-i" ]; then
  # Where the disk is full, only the subshell is ended.
  (echo $$ >>'${this.#sessions}') 2>/dev/null
  ${behaviour.kind === "works" ? "" : this.#filtered(behaviour)}
elif [ "$*" = "-f -" ]${behaviour.kind === "refuses" ? ' || [ "$*" = "-c -f -" ]' : ""}; then
  ${this.#script(behaviour)}
fi
exec '${this.#nft}' "$@"
`;
    await writeFile(fresh, text);
    await chmod(fresh, 0o755);
    await rename(fresh, join(this.folder, "nft"));
    await this.#endSessions();
  }

  get #sessions(): string {
    return join(this.folder, "sessions");
  }

  async #endSessions(): Promise<void> {
    if (!existsSync(this.#sessions)) return;
    const pids = readFileSync(this.#sessions, "utf8").trim().split("\n").map(Number);
    await rm(this.#sessions);
    for (const pid of pids.filter((each) => isStaying(each))) {
      process.kill(pid, "SIGKILL");
      await eventually(async () => existsSync(`/proc/${pid}`), false);
    }
  }

  /** Each line for a long-running nft goes through a filter, which may kill it ($$) or drop the line. */
  #filtered(behaviour: Behaviour): string {
    return `fifo='${this.folder}'/fifo-$$
  mkfifo "$fifo"
  exec 3<&0
  while IFS= read -r line <&3; do
    case $line in
      "end of "*) ;;
      *)
        ${this.#filter(behaviour)}
        ;;
    esac
    printf '%s\\n' "$line"
  done >"$fifo" &
  exec '${this.#nft}' -i <"$fifo"`;
  }

  #filter(behaviour: Behaviour): string {
    switch (behaviour.kind) {
      case "fails":
        return this.#fail(behaviour.times, "kill -9 $$");
      case "refuses":
        return `case $line in
          *'${behaviour.text}'*) echo "Error: Could not process rule: ${reasonOf(behaviour)}" >&2; continue ;;
        esac`;
      case "hangs":
        return `case $line in *'${behaviour.on ?? ""}'*) ${this.#script({ kind: "hangs" })} ;; esac`;
      case "works":
      case "waits":
      case "tells":
        return this.#script(behaviour);
    }
  }

  #script(behaviour: Behaviour): string {
    switch (behaviour.kind) {
      case "works":
        return ":";
      case "fails":
        return this.#fail(behaviour.times, "exit 3");
      case "hangs": {
        const hang = `: >'${this.began}'; exec sleep 600`;
        return behaviour.on === undefined ? hang : this.#reading(`case $text in *'${behaviour.on}'*) ${hang} ;; esac`);
      }
      case "waits":
        return `: >'${this.began}'; while [ -e '${this.began}' ]; do sleep 0.05; done`;
      case "refuses":
        return this.#reading(`lines=$(printf '%s\\n' "$text" | grep -nF '${behaviour.text}' | cut -d : -f 1)
  for line in $lines; do
    echo "${behaviour.isMute ? "netlink" : "/dev/stdin:$line:1-10"}: Error: Could not process rule: ${reasonOf(behaviour)}" >&2
  done
  [ -z "$lines" ] || exit 1`);
      case "tells":
        return `: >'${this.began}'`;
    }
  }

  /** Processes nft's input, and becomes nft. */
  #reading(commands: string): string {
    return `text=$(cat)
  ${commands}
  exec '${this.#nft}' "$@" <<END
$text
END`;
  }

  #fail(times: number, end: string): string {
    const failed = join(this.folder, `failed-${this.#generation}`);
    return `count=$(wc -l 2>/dev/null <'${failed}' || echo 0)
        if [ "$count" -lt ${times} ]; then echo >>'${failed}'; echo "nft: out of order" >&2; ${end}; fi`;
  }
}

/** nft says the latter if it cannot read what the kernel refuses. */
function reasonOf({ isMute }: { readonly isMute?: boolean }): string {
  return isMute ? "No buffer space available" : "Invalid argument";
}

/** Whether a process is a long-running nft. */
function isStaying(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && /nft\0-i\0$/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
}
