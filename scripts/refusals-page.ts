import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientInstruction } from "../packages/core/src/codes.ts";
import { REFUSALS, type RefusalCode } from "../packages/core/src/refusals.ts";
import { IN_EVERY_STEP, WAY } from "../packages/proxy/src/call/way.ts";
import { ROOT } from "./workspace.ts";

/**
 * Makes `docs/refusals.md` from the table of codes, their comments, and the steps of a call's way. Run as a script it
 * writes the page; `tests/src/precedence.test.ts` fails when the page is another.
 */

const TABLE = "packages/core/src/refusals.ts";
export const PAGE = join(ROOT, "docs/refusals.md");

/** What the comment of a code says. */
function meaningOf(code: RefusalCode, source: string): string {
  const meaning = new RegExp(`/\\*\\* ([^\\n]*) \\*/\\n  ${code}: `).exec(source)?.[1];
  if (meaning === undefined) throw new Error(`${TABLE}: ${code} has no comment of one line`);
  return meaning;
}

function stepOf(code: RefusalCode): string {
  if (code === IN_EVERY_STEP) return "every";
  const own = WAY.find(({ refuses }) => refuses.includes(code));
  if (own === undefined) throw new Error(`no step answers ${code}`);
  const others = WAY.filter(({ repeats = [] }) => repeats.includes(code)).map(({ name }) => name);
  return others.length === 0 ? own.name : `${own.name}; also ${others.join(", ")}`;
}

export function refusalsPage(): string {
  const source = readFileSync(join(ROOT, TABLE), "utf8");
  const codes = Object.keys(REFUSALS) as RefusalCode[];
  const rows = codes.map((code) => {
    const { status, final } = REFUSALS[code];
    return `| \`${code}\` | ${status} | ${final ? "yes" : "no"} | ${stepOf(code)} | ${meaningOf(code, source)} | ${clientInstruction(code)} |`;
  });
  return `# Refusals

Why a call is not carried out, in order of precedence: of all that apply, the first is answered. *Final* means that the
same call cannot succeed later. A code that stands at several steps has the place of the first named; the others ask
its question again, because time has passed, or make a request of their own. The steps of a call's way are:

${WAY.map(({ name }, index) => `${index + 1}. ${name}`).join("\n")}

| code | status | final | step | what is so | what now |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

Every refusal has the error shape of the vendor whose path was called, tells its clients not to repeat the call by
themselves, and has a row in the audit log, but for the codes that stand before a known key; of a flood, many share one. Its message says what is so
in this case, and then what now; in Stripe's shape \`error.keybrake.reason\` is the first part alone. The tools tell
their models what now in words of their own, from the same table.

This page is made by \`node scripts/refusals-page.ts\`.
`;
}

if (import.meta.main) writeFileSync(PAGE, refusalsPage());
