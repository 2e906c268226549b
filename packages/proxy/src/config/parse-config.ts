import type { z } from "@hono/zod-openapi";
import { BUDGET_DEPTH_MAX } from "@keybrake/ledger";
import { HTTPException } from "hono/http-exception";
import { closestMatch } from "leven";
import { isBuiltIn, type RoleFields, withRole } from "../admin/roles.ts";
import { newVaultKey } from "../admin/vault-key-policy.ts";
import { createVaultKeySchema } from "../admin/vault-key-schemas.ts";
import { LIMITS } from "../limits.ts";
import { parseRates } from "../rates.ts";
import type { Vendor } from "../vendors/vendor.ts";
import type { BadConfig, ReadConfig } from "./config-read.ts";
import { type Config, configSchema } from "./config-schema.ts";
import { type Path, type Problem, readYaml, type YamlDocument } from "./read-yaml.ts";

/** What is wrong with a value that stands at a path. */
interface Fault {
  readonly path: Path;
  /** Whether the name itself is wrong. */
  readonly of: "name" | "value";
  readonly message: string;
}

/** `readConfig`, once its parts are loaded. */
export function parseConfig(text: string, vendor: Vendor): ReadConfig | BadConfig {
  const read = readYaml(text);
  if (!("value" in read)) return bad(read);
  // A file of comments alone says nothing, and nothing wrong.
  return checkConfig({ value: read.value ?? {}, placeOf: read.placeOf }, vendor);
}

/** The name of a role that has none, because its fields are the whole file. */
export const ONLY_ROLE = "policy";

/** As `parseConfig`; a file of a role's fields alone is read as the one role of a file. */
export function parsePolicyFile(text: string, vendor: Vendor): ReadConfig | BadConfig {
  const read = readYaml(text);
  if (!("value" in read)) return bad(read);
  const { value, placeOf } = read;
  const isConfig =
    typeof value === "object" && value !== null && Object.keys(value).some((name) => name in TOP);
  if (isConfig) return checkConfig(read, vendor);
  const within: YamlDocument = {
    value: { roles: { [ONLY_ROLE]: value ?? {} } },
    placeOf: (path, of) => placeOf(path.slice(2), of),
  };
  return checkConfig(within, vendor);
}

/** What stands in no policy: `budgets` is in both, and a list there. */
const { budgets: _, ...TOP } = configSchema.shape;

function checkConfig(read: YamlDocument, vendor: Vendor): ReadConfig | BadConfig {
  const { value } = read;
  const checked = configSchema.safeParse(value);
  if (!checked.success)
    return bad(
      placed(
        read,
        toldOf(checked.error.issues).flatMap((issue) => faultsOf(issue, value)),
      ),
    );
  // As it was written: defaults of a role would stand over what a request leaves to it.
  const config = value as Config;
  const faults = [...budgetFaults(config), ...roleFaults(config, vendor), ...rateFaults(config)];
  return faults.length > 0 ? bad(placed(read, faults)) : { config, placeOf: (path) => read.placeOf(path) };
}

function bad(problems: readonly Problem[]): BadConfig {
  const inOrder = problems.toSorted((one, other) => one.line - other.line || one.column - other.column);
  return { problems: inOrder.slice(0, LIMITS.configProblems) };
}

function placed(document: YamlDocument, faults: readonly Fault[]): readonly Problem[] {
  return faults.map(({ path, of, message }) => ({
    ...document.placeOf(path, of),
    message: path.length === 0 ? message : `${path.join(".")}: ${message}`,
  }));
}

type Issue = z.core.$ZodIssue;

/** What a misspelt name leaves out is not missing: mended, it is there. */
function toldOf(issues: readonly Issue[]): readonly Issue[] {
  const misspelt = new Set(
    issues.flatMap(({ code, path }) => (code === "unrecognized_keys" ? [path.join(".")] : [])),
  );
  return issues.filter(({ code, path }) => code !== "custom" || !misspelt.has(path.join(".")));
}

function faultsOf(issue: Issue, root: unknown): readonly Fault[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((name) => ({
      path: [...path, name],
      of: "name",
      message: unknownName(path, name),
    }));
  if (issue.code === "invalid_key") {
    const [inner] = issue.issues;
    return [{ path, of: "name", message: `not a name for it: ${inner?.message ?? "write another"}.` }];
  }
  const found = path.reduce<unknown>(
    (value, part) => (value as Record<string, unknown> | undefined)?.[part],
    root,
  );
  return [{ path, of: "value", message: messageOf(issue, found) }];
}

function unknownName(path: Path, name: string): string {
  const known = namesAt(path);
  const meant = closestMatch(name, [...known], { maxDistance: Math.max(2, Math.floor(name.length / 3)) });
  if (meant !== undefined) return `there is no such setting. Did you mean ${meant}?`;
  return known.length === 0
    ? "there is no such setting."
    : `there is no such setting. Here may stand: ${known.join(", ")}.`;
}

/** The names that may stand at a path, from the schema itself. */
function namesAt(path: Path): readonly string[] {
  let schema: unknown = configSchema;
  for (const part of path) schema = below(bare(schema), part);
  const shape = (bare(schema) as { shape?: object } | undefined)?.shape;
  return shape === undefined ? [] : Object.keys(shape);
}

function below(schema: unknown, part: string | number): unknown {
  const { shape, valueType, element } = (schema ?? {}) as {
    shape?: Readonly<Record<string, unknown>>;
    valueType?: unknown;
    element?: unknown;
  };
  return shape?.[part] ?? valueType ?? element;
}

/** Without what only says that it may be left out. */
function bare(schema: unknown): unknown {
  const { unwrap } = (schema ?? {}) as { unwrap?: () => unknown };
  return typeof unwrap === "function" ? bare(unwrap.call(schema)) : schema;
}

/** Words that YAML 1.1 took for true and false, and YAML 1.2 takes for texts. */
const OLD_BOOLEAN = /^(?:y|yes|on|n|no|off)$/i;

function messageOf(issue: Issue, found: unknown): string {
  if (issue.code === "invalid_type" && found === null) return `nothing stands here; ${wanted(issue)}.`;
  if (issue.code === "invalid_type" && issue.expected === "boolean" && typeof found === "string")
    return OLD_BOOLEAN.test(found)
      ? "write true or false, which alone are so in YAML 1.2."
      : "write true or false.";
  if (issue.code === "invalid_type") {
    const mended = issue.message.startsWith("Invalid input") ? wanted(issue) : issue.message;
    return `${mended}${typeof found === "number" && issue.expected === "string" ? "; put it in quotes" : ""}.`;
  }
  return `${issue.message}.`;
}

function wanted({ expected }: Extract<Issue, { code: "invalid_type" }>): string {
  const words: Readonly<Record<string, string>> = {
    ...{ string: "a text is wanted", number: "a number is wanted", int: "a whole number is wanted" },
    ...{ object: "names with values are wanted", record: "names with values are wanted" },
    ...{ array: "a list is wanted", boolean: "true or false is wanted" },
  };
  return words[expected] ?? `${expected} is wanted`;
}

/** Each budget's parents within the file, itself first; a line that comes back to itself is cut there. */
function lineOf(name: string, budgets: NonNullable<Config["budgets"]>): readonly string[] {
  const line = [name];
  for (let parent = budgets[name]?.parent; parent !== undefined; parent = budgets[parent]?.parent) {
    if (line.includes(parent)) return [...line, parent];
    line.push(parent);
  }
  return line;
}

function budgetFaults({ budgets = {} }: Config): readonly Fault[] {
  return Object.keys(budgets).flatMap((name): readonly Fault[] => {
    const path = ["budgets", name, "parent"];
    const line = lineOf(name, budgets);
    if (new Set(line).size < line.length)
      return [{ path, of: "value", message: `this line of parents ends nowhere: ${line.join(" → ")}.` }];
    if (line.length > BUDGET_DEPTH_MAX)
      return [
        {
          path,
          of: "value",
          message: `a line of budgets has at most ${BUDGET_DEPTH_MAX}: ${line.join(" → ")}.`,
        },
      ];
    return [];
  });
}

/** Whether a key with the role could be made, with a cap of its own where the role leaves that to the request. */
function roleFaults({ roles = {} }: Config, vendor: Vendor): readonly Fault[] {
  return Object.entries(roles).flatMap(([name, fields]): readonly Fault[] => {
    const path = ["roles", name];
    if (isBuiltIn(name))
      return [
        {
          path,
          of: "name",
          message: "this role is built in, and cannot be another. Give yours another name.",
        },
      ];
    try {
      const asked = { name, vendor: vendor.name, role: name, ...cap(fields) };
      const request = withRole(createVaultKeySchema.parse(asked), asked, { [name]: fields as RoleFields });
      newVaultKey(request, { id: "role", hash: "", now: 0, vendor });
      return [];
    } catch (error) {
      if (!(error instanceof HTTPException)) throw error;
      const { param = "" } = (error.cause ?? {}) as { param?: string };
      const at = [...path, ...param.split(".").filter((part) => part !== "")];
      return [{ path: at, of: "value", message: withoutName(error.message, param) }];
    }
  });
}

function withoutName(message: string, param: string): string {
  return message.startsWith(`${param}: `) ? `${message.slice(param.length + 2)}.` : message;
}

function cap({ daily_usd_cap, budget, budgets }: NonNullable<Config["roles"]>[string]) {
  const isBounded = daily_usd_cap !== undefined || budget !== undefined || budgets !== undefined;
  return isBounded ? {} : { daily_usd_cap: 0 };
}

function rateFaults({ rates = {} }: Config): readonly Fault[] {
  return Object.entries(rates).flatMap(([currency, rate]): readonly Fault[] => {
    try {
      parseRates({ [currency]: rate });
      return [];
    } catch (error) {
      const message = error instanceof Error ? error.message : "not a rate.";
      return [{ path: ["rates", currency], of: "value", message }];
    }
  });
}
