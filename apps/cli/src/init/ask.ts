import { isCancel, multiselect, select, text } from "@clack/prompts";
import type { Role } from "@keybrake/core";
import { usageError } from "../cli-error.ts";
import type { Io } from "../io.ts";
import { parseUsd } from "../parse-options.ts";
import { SETTINGS } from "../settings.ts";
import type { Answers } from "./answers.ts";

type Terminal = NonNullable<Io["terminal"]>;

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw usageError("nothing was written");
  return answer as Exclude<T, symbol>;
}

/** What is wrong with a text, in words; undefined when nothing is. */
function fault(parse: (text: string) => unknown, given: string | undefined): string | undefined {
  try {
    parse(given ?? "");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "is not valid";
  }
}

async function ask<T>(
  terminal: Terminal,
  message: string,
  initialValue: string,
  parse: (text: string) => T,
): Promise<T> {
  const validate = (given: string | undefined) => fault(parse, given);
  return parse(answered(await text({ ...terminal, message, initialValue, validate })));
}

const maybeUsd = (given: string): number | null => (given === "" ? null : parseUsd(given));

/** Asks a person, with the answers that `--yes` would take to begin with. Throws a usage error when they give up. */
export async function askAnswers(terminal: Terminal, defaults: Answers): Promise<Answers> {
  const roles = answered(
    await multiselect<Role>({
      ...terminal,
      message: "What will your agents do?",
      options: [
        { value: "billing", label: "billing: charge customers" },
        { value: "refund", label: "refund: give money back" },
        { value: "audit", label: "audit: read only" },
      ],
      initialValues: [...defaults.roles],
      required: true,
    }),
  );
  const usd = (message: string, most: number) => ask(terminal, message, String(most), parseUsd);
  const keyUsdCap = await usd("US dollars that one key may spend in any 24 h", defaults.keyUsdCap);
  const allUsdCap = await usd("US dollars that all keys together may spend in any 24 h", defaults.allUsdCap);
  const approveAboveUsd = await ask(
    terminal,
    "A person must agree to calls above so many US dollars (empty: nobody is asked)",
    String(defaults.approveAboveUsd ?? ""),
    maybeUsd,
  );
  const alerts = answered(
    await select<Answers["alerts"]>({
      ...terminal,
      message: "Who is told when a budget nears its cap, or a person must agree?",
      options: [
        { value: "none", label: "nobody" },
        { value: "slack", label: "a channel in Slack" },
        { value: "webhook", label: "a signed webhook" },
      ],
      initialValue: defaults.alerts,
    }),
  );
  const store = await ask(terminal, "Where the books are kept", defaults.store, (given) => {
    SETTINGS.store.parse(given);
    return given;
  });
  const port = await ask(
    terminal,
    "The port that the proxy listens on",
    String(defaults.port),
    SETTINGS.port.parse,
  );
  return { roles, keyUsdCap, allUsdCap, approveAboveUsd, store, port, alerts };
}
