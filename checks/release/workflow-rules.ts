/** What actionlint does not look at in a workflow, as `line: problem`. */

const RULES: readonly (readonly [RegExp, string])[] = [
  [/^\s*-?\s*uses: (?!\.\/)(?!\S+@[0-9a-f]{40} # v\S+$)/, "an action is named by its full commit and `# v…`"],
  [/\bpull_request_target\b/, "pull_request_target gives a stranger's change our rights"],
  [/\$\{\{\s*secrets\./, "a release needs no secret, so none is stored"],
];

export function problemsOfWorkflow(text: string): string[] {
  const lines = text.split("\n");
  const found = lines.flatMap((line, index) =>
    RULES.filter(([pattern]) => pattern.test(line)).map(([, problem]) => `${index + 1} ${problem}`),
  );
  if (!lines.some((line) => line.startsWith("permissions:")))
    found.push("1 without `permissions` at the top, every job has all rights");
  // The token of a checkout stays in the clone, where every install script and test can read it.
  const checkouts = text.match(/uses: actions\/checkout@/g)?.length ?? 0;
  const kept = text.match(/persist-credentials: false/g)?.length ?? 0;
  if (checkouts !== kept) found.push(`1 ${checkouts} checkouts, ${kept} with persist-credentials: false`);
  return found;
}
