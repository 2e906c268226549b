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

/** What a script offers: words by where the command line stands, the deepest first, and values by the flag before. */
interface Offered {
  readonly places: readonly Place[];
  readonly values: ReadonlyMap<string, ReadonlySet<string>>;
}

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * Completion made from the commands themselves: names, flags, and the values of flags that have few. Anything else
 * completes file names. Every name and value is of letters, digits, `-`, `_` and `.`: nothing needs quoting. Nothing is
 * started when Tab is pressed.
 */
export function completion(program: Command, shell: Shell): string {
  return SCRIPTS[shell]({ places: placesOf(program, ""), values: merged(choicesOf(program)) });
}

const SCRIPTS: Readonly<Record<Shell, (offered: Offered) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

function bashCompletion(offered: Offered): string {
  const places = offered.places.map(
    ({ path, words }) => `    ${path === "" ? "*" : `"${path}"*`}) words="${words.join(" ")}" ;;`,
  );
  const choices = [...offered.values].map(
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

function zshCompletion(offered: Offered): string {
  const places = offered.places.map(
    ({ path, words }) => `    ${path === "" ? "*" : `"${path}"*`}) offered=(${words.join(" ")}) ;;`,
  );
  const choices = [...offered.values].map(
    ([flag, values]) => `    ${flag}) compadd -- ${[...values].join(" ")}; return ;;`,
  );
  return `#compdef keybrake
# zsh completion of keybrake. In ~/.zshrc, after compinit: eval "$(keybrake completion zsh)"
_keybrake() {
  local place="" word
  local -a offered
  case "\${words[CURRENT-1]}" in
${choices.join("\n")}
  esac
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in -*) ;; *) place="\${place:+$place }$word" ;; esac
  done
  case "$place" in
${places.join("\n")}
  esac
  compadd -- $offered
  _files
}
if [[ "$funcstack[1]" == _keybrake ]]; then _keybrake "$@"; else compdef _keybrake keybrake; fi
`;
}

function fishCompletion(offered: Offered): string {
  const places = offered.places.map(
    ({ path, words }) => `    case '${path}*'\n      printf '%s\\n' ${words.join(" ")}`,
  );
  const choices = [...offered.values].map(
    ([flag, values]) => `    case ${flag}\n      printf '%s\\n' ${[...values].join(" ")}\n      return`,
  );
  return `# fish completion of keybrake. Once: keybrake completion fish > ~/.config/fish/completions/keybrake.fish
function __keybrake_offered
  set -l before (commandline -opc)
  switch "$before[-1]"
${choices.join("\n")}
  end
  set -l place (string match -v -- '-*' $before[2..-1])
  switch "$place"
${places.join("\n")}
  end
end
complete -c keybrake -a '(__keybrake_offered)'
`;
}
