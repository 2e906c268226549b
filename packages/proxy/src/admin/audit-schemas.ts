import { z } from "@hono/zod-openapi";
import { CALL_COLUMNS, type Call, type CallColumn, LABELS_MAX } from "@keybrake/ledger";
import { LABEL_FILTER, LABELS_TOO_MANY, pageQuery } from "./schemas.ts";

const decision = z.enum(["allowed", "denied", "replayed"]);
const state = z.enum(["none", "held", "posted", "voided", "unknown", "awaiting"]);

type Column = (typeof CALL_COLUMNS)[number];

/** A row of the audit log: the ledger's table, with times that people can read and cents that sums are made of. */
export type AuditRow = {
  readonly [C in Column as C["column"]]: C["field"] extends "at" ? string : Call[C["field"]];
} & {
  /** Exactly `usd_micros` / 10 000: it has decimals where cents do not say it. */
  readonly usd_cents: number;
  /** US dollars that moved: what is posted, and not by a key that simulates. Rows of one time add up to what was spent in it. */
  readonly moved_usd: number;
};

/** What the ledger's table does not say of a value. */
const SAID: Partial<Record<Column["field"], z.ZodType>> = {
  at: z.string().openapi({ format: "date-time" }),
  decision,
  state,
};

const TYPES = {
  text: z.string(),
  integer: z.int(),
  real: z.number(),
  boolean: z.boolean(),
  json: z.record(z.string(), z.string()),
} as const satisfies Record<CallColumn["type"], z.ZodType>;

function schemaOf({ field, type, nullable }: CallColumn): z.ZodType {
  const schema = SAID[field] ?? TYPES[type];
  return nullable ? schema.nullable() : schema;
}

const shape = CALL_COLUMNS.flatMap((column): [string, z.ZodType][] =>
  column.field === "usdMicros"
    ? [
        ["usd_cents", z.number()],
        ["moved_usd", z.number()],
        [column.column, schemaOf(column)],
      ]
    : [[column.column, schemaOf(column)]],
);

/** The columns of the API and of CSV, in the ledger's order. */
export const AUDIT_COLUMNS = shape.map(([name]) => name) as readonly (keyof AuditRow)[];

export const auditRowSchema = z
  .object(Object.fromEntries(shape))
  .openapi("AuditRow") as unknown as z.ZodType<AuditRow>;

/** A date, or a time with its zone: `Date.parse` alone takes `1` for a year, and a time without a zone for its own. */
const ISO_8601 = /^[+-]?\d{4,6}(?:-\d\d){0,2}(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

const instant = z
  .string()
  .refine((text) => ISO_8601.test(text) && !Number.isNaN(Date.parse(text)), "an ISO 8601 time")
  .transform((text) => Date.parse(text));

const text = z.string().min(1).max(500).optional();

const filterShape = {
  run_id: text,
  conversation_id: text,
  turn: text,
  idempotency_key: text,
  object_id: text,
  vault_key_id: text,
  agent: text,
  customer: text,
  operation: text,
  decision: decision.optional(),
  code: text,
  state: state.optional(),
  from: instant.optional().openapi({ type: "string", description: "Inclusive ISO 8601 time" }),
  to: instant.optional().openapi({ type: "string", description: "Exclusive ISO 8601 time" }),
};

/** Each `label.<name>` is a filter of its own; any other name that is not known is refused. */
function withLabels<S extends z.ZodRawShape>(known: S) {
  return z
    .object(known)
    .catchall(z.string().max(500).optional())
    .superRefine((query, context) => {
      const others = Object.keys(query).filter((name) => !Object.hasOwn(known, name));
      const keys = others.filter((name) => !LABEL_FILTER.test(name));
      if (keys.length > 0) context.addIssue({ code: "unrecognized_keys", keys, input: query });
      if (others.length - keys.length > LABELS_MAX)
        context.addIssue({ code: "custom", path: ["label"], message: LABELS_TOO_MANY, input: query });
    });
}

/** The `label.<name>` filters of a query. */
export function labelsOf(query: Readonly<Record<string, unknown>>): Record<string, string> {
  const named = Object.entries(query).flatMap(([name, value]): [string, string][] => {
    const label = LABEL_FILTER.exec(name)?.[1];
    return label === undefined || typeof value !== "string" ? [] : [[label, value]];
  });
  return Object.fromEntries(named);
}

export const auditFilterSchema = withLabels(filterShape);

export const auditQuerySchema = withLabels({
  ...filterShape,
  ...pageQuery,
  format: z.enum(["json", "jsonl", "csv"]).default("json"),
});
