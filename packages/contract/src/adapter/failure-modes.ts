import { ELSEWHERE } from "./elsewhere.ts";
import { ARTICLES, type Article, PARTS, type Part, type Scenario } from "./scenario.ts";

const HEAD = `# Failure modes

What goes wrong when an agent has a raw Stripe key, what Keybrake does about it, and the scenario that proves it.
The scenarios are played by every adapter's contract test, with the framework's own agent loop over real HTTP
against proxy, ledger and a Stripe emulator; \`node packages/contract/scripts/contract-table.ts\` prints which
adapter passes which, and why one is skipped.

The failure modes are those of five articles on agents and Stripe. Each sentence is quoted from its article.

This page is written by \`packages/contract/scripts/write-failure-modes.ts\` from the list of scenarios; a test fails
when the two differ.
`;

/** Text as it may stand in a cell of a table. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ").replaceAll("<", "&lt;");
}

function rowsOf(scenarios: readonly Scenario[], article: Article, part: Part): string[] {
  return scenarios.flatMap(({ id, seeds, rawKey, keybrake }) => {
    const sentences = seeds.filter((seed) => seed.article === article && seed.part === part);
    if (sentences.length === 0) return [];
    const said = sentences.map(({ sentence }) => `“${cell(sentence)}”`).join("<br>");
    return [`| ${said} | ${cell(rawKey)} | ${cell(keybrake)} | \`${id}\` |`];
  });
}

/** The whole page, for \`docs/failure-modes.md\`. */
export function failureModesPage(scenarios: readonly Scenario[]): string {
  const lines = [HEAD];
  for (const article of Object.keys(ARTICLES) as Article[]) {
    lines.push(`## ${ARTICLES[article]}`, "");
    for (const part of Object.keys(PARTS) as Part[]) {
      const rows = rowsOf(scenarios, article, part);
      if (rows.length === 0) continue;
      lines.push(`### ${PARTS[part]}`, "");
      lines.push(
        "| the article says | with a raw key | with Keybrake | scenario |",
        "| --- | --- | --- | --- |",
      );
      lines.push(...rows, "");
    }
    const elsewhere = ELSEWHERE.filter(({ seed }) => seed.article === article);
    if (elsewhere.length === 0) continue;
    lines.push("### Not a matter of an adapter", "");
    for (const { seed, where } of elsewhere) lines.push(`- “${seed.sentence}” ${where}`);
    lines.push("");
  }
  lines.push("## Scenarios", "", "| scenario | what is played |", "| --- | --- |");
  lines.push(...scenarios.map(({ id, title }) => `| \`${id}\` | ${cell(title)} |`), "");
  return lines.join("\n");
}
