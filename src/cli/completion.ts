import { Argument, type Command, type Option } from "commander";
import { examples, write } from "./output.ts";

export function completion(command: Command): void {
  command
    .description("Print a shell script that completes the commands and options of kube-nft.")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh"]))
    .action(async (shell: string) => {
      const { commands = [] } = command.parent ?? {};
      const names = commands.map((each) => each.name());
      const arms = commands.flatMap((each) => [
        ...valueArms({ name: each.name(), options: each.options }),
        wordArm(each),
      ]);
      await write(`${shell === "zsh" ? zshHead : ""}${script(names, arms)}`);
    })
    .addHelpText("after", examples("source <(kube-nft completion bash)", "source <(kube-nft completion zsh)"));
}

/** zsh can run bash's completions. */
const zshHead = "autoload -U +X compinit && compinit -u\nautoload -U +X bashcompinit && bashcompinit\n";

/** Completes files if there are no words. */
function script(names: readonly string[], arms: readonly string[]): string {
  return `_kube_nft() {
  local offered= current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  case "$COMP_CWORD \${COMP_WORDS[1]} $previous $current" in
    "1 "*) offered="${[...names, "help"].join(" ")} --help --version" ;;
${arms.map((arm) => `    ${arm}\n`).join("")}  esac
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
}
complete -o default -F _kube_nft kube-nft
`;
}

/** The values that options accept. */
function valueArms({
  name,
  options,
}: {
  readonly name: string;
  readonly options: readonly Option[];
}): readonly string[] {
  const byWords = new Map<string, string[]>();
  for (const { short, long, argChoices = [], required, hidden } of options) {
    if (!required || hidden) continue;
    const words = argChoices.join(" ");
    const flags = [short, long].filter((flag) => flag !== undefined);
    byWords.set(words, [...(byWords.get(words) ?? []), ...flags.map((flag) => `*" ${name} ${flag} "*`)]);
  }
  return Array.from(byWords, ([words, patterns]) => `${patterns.join("|")}) offered="${words}" ;;`);
}

/** The options of a command, or its arguments. */
function wordArm(command: Command): string {
  const longs = command.options.flatMap(({ long, hidden }) => (long === undefined || hidden ? [] : [long]));
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  return `*" ${command.name()} "*) offered="${[...choices, ...longs, "--help"].join(" ")}" ;;`;
}
