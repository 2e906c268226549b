import type { Command, Option } from "commander";

/** One place of the command line: what may come next there. */
interface Place {
  /** `keys create`; empty for the command itself. */
  readonly path: string;
  readonly words: readonly string[];
}

interface Choice {
  readonly flag: string;
  readonly values: readonly string[];
}

function flagsOf({ long, short }: Option): string[] {
  return [long, short].filter((flag) => flag !== undefined && flag !== null);
}

function placesOf(command: Command, path: string): Place[] {
  const own = [
    ...command.commands.map((child) => child.name()),
    ...command.options.flatMap(flagsOf),
    "--help",
  ];
  const below = command.commands.flatMap((child) => placesOf(child, `${path} ${child.name()}`.trim()));
  return [...below, { path, words: [...new Set(own)] }];
}

/** Flags that take one of a few values, which are the same wherever the flag is. */
function choicesOf(command: Command): Choice[] {
  const own = command.options.flatMap(({ long, argChoices }) =>
    long === undefined || long === null || argChoices === undefined
      ? []
      : [{ flag: long, values: argChoices }],
  );
  return [...own, ...command.commands.flatMap(choicesOf)];
}

/** All that a flag may take anywhere: `--by` and `--state` are of one command each, others of several. */
function merged(choices: readonly Choice[]): ReadonlyMap<string, ReadonlySet<string>> {
  const values = new Map<string, Set<string>>();
  for (const { flag, values: more } of choices) {
    values.set(flag, new Set([...(values.get(flag) ?? []), ...more]));
  }
  return values;
}

/**
 * Completion for bash, made from the commands themselves: names, flags, and the values of flags that have few. Anything
 * else completes file names. Every name and value is of letters, digits, `-`, `_` and `.`: nothing needs quoting.
 */
export function bashCompletion(program: Command): string {
  // The deepest first: a place is known by how the words before it begin.
  const places = placesOf(program, "").map(
    ({ path, words }) => `    ${path === "" ? "*" : `"${path}"*`}) words="${words.join(" ")}" ;;`,
  );
  const choices = [...merged(choicesOf(program))].map(
    ([flag, values]) =>
      `    ${flag}) COMPREPLY=($(compgen -W "${[...values].join(" ")}" -- "$current")); return ;;`,
  );
  return `# bash completion of keybrake. In ~/.bashrc: eval "$(keybrake completion)"
_keybrake() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" word
  case "$previous" in
${choices.join("\n")}
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${places.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _keybrake keybrake
`;
}
