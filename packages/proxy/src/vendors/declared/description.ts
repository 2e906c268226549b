import { z } from "zod";
import { parseWindow } from "../../window.ts";
import { TEMPLATE } from "./path-template.ts";

/**
 * What a file says of a vendor, so that its API is governed without code. Each field is explained where it stands: the
 * JSON schema that editors get, and `docs/vendors.md`, are made of these words.
 */

/** Where a parameter or a field of an answer stands: `to`, `usage.output_tokens`, `errors.0.code`. */
const fieldPath = z.string().regex(/^[A-Za-z_][\w-]*(?:\.(?:[A-Za-z_][\w-]*|0))*$/);

/** No float: `0.0079` is not seventy-nine ten-thousandths in binary. */
const decimal = z
  .string()
  .regex(/^\d{1,9}(?:\.\d{1,12})?$/, 'a decimal in quotes, such as "0.0079"')
  .meta({ description: "US dollars, as a decimal in quotes with at most twelve places." });

const headerName = z.string().regex(/^[a-z][a-z0-9-]*$/, "a header's name in lower case");

/** Whom a request is from and where it goes is the proxy's to say (RFC 9110, sections 7.2, 7.6.1 and 11). */
const NEVER_PASSED =
  /^(?:authorization|proxy-.*|cookie|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|content-.*|expect|forwarded|x-forwarded-.*|x-http-method.*|x-method-override|idempotency-key)$/;

const count = z
  .strictObject({
    param: fieldPath.meta({ description: "The parameter that says how many." }),
    count: z
      .enum(["number", "items", "characters"])
      .default("number")
      .meta({ description: "What of it is counted: its value, its items, or its characters." }),
    every: z
      .int()
      .min(1)
      .default(1)
      .meta({ description: "So many count as one; a part of one counts as one." }),
    missing: z
      .int()
      .min(0)
      .optional()
      .meta({ description: "What counts when the parameter is missing; refused unless told." }),
  })
  .meta({ description: "How often the price is charged." });

const term = z.strictObject({ usd: decimal, per: count.optional() });

const amount = z
  .strictObject({
    param: fieldPath.meta({ description: "The parameter with the amount." }),
    unit: z
      .enum(["minor", "major"])
      .meta({ description: "Whether it is in cents, or in dollars with a point." }),
    currency: z
      .union([z.strictObject({ param: fieldPath }), z.string().regex(/^[a-z]{3}$/)])
      .meta({ description: "Its currency: three letters in lower case, or the parameter that names it." }),
  })
  .meta({ description: "Of an operation that moves money: the amount that the request names." });

const cost = z.union([z.literal("free"), z.array(term).min(1), amount]).meta({
  description:
    "What a call may cost, known before it is sent: `free`, a sum of prices, or an amount of the request. Left out: nobody can say, and a call is refused unless its key says what it counts (`assume_usd`).",
});

const operation = z.strictObject({
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
  path: z
    .string()
    .regex(TEMPLATE, "a path such as /emails/{id}")
    .meta({ description: "Below the base address; `{name}` stands for one segment." }),
  parameters: z.array(fieldPath).optional().meta({
    description:
      "All top-level parameters that may be sent. What may cost something must say them: one that nobody looked at could change what is moved.",
  }),
  identity: z.array(fieldPath).min(1).optional().meta({
    description:
      "The parameters, also of the path, by which two calls are one act; the others only word it. All of them unless told.",
  }),
  cost: cost.optional(),
  charged: z
    .union([z.array(term).min(1), amount])
    .optional()
    .meta({
      description:
        "What the answer says that it did cost; `param` is a field of the answer. The cost stands where it does not say.",
    }),
  sets_state: z.boolean().optional().meta({
    description:
      "Whether a call brings something into a state, so that doing it again is a new act. PUT, PATCH and DELETE do unless told.",
  }),
  accounts: z
    .array(fieldPath)
    .default([])
    .meta({ description: "Parameters that name an account: a key may name those of its policy alone." }),
  customer: fieldPath.optional().meta({
    description: "The parameter that says whom a call is about, for keys with a list of customers.",
  }),
  simulated: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: "What a simulate key is answered, besides the object's id." }),
});

export const descriptionSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{1,30}$/)
      .refine((name) => !RESERVED.has(name), "a name that no page of the proxy has")
      .meta({ description: "As keys, rows and paths write it: calls go to `/<name>/…` of the proxy." }),
    title: z.string().min(1).max(60).meta({ description: "As messages write it." }),
    base_url: z
      .url({ protocol: /^https?$/ })
      .refine(isSafeBase, "https, without query, user or password; http on this machine alone")
      .meta({ description: "Where calls go, with the path that all operations have in common." }),
    body: z.enum(["json", "form"]).default("json").meta({ description: "How bodies are written." }),
    authentication: z
      .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("bearer") }),
        z.strictObject({ kind: z.literal("basic") }),
        z.strictObject({ kind: z.literal("header"), name: headerName }),
      ])
      .meta({
        description:
          "How the real key goes out, and in the same place a client sends its vault key: `bearer`, `basic` (the real one is `user:password`; a vault key is the password), or a header of its own.",
      }),
    credential: z.strictObject({
      environment: z
        .string()
        .regex(/^[A-Z][A-Z0-9_]*$/)
        .meta({ description: "The environment variable with the real key." }),
      live: z.array(z.string().min(2)).default([]).meta({ description: "What a real key begins with." }),
      test: z.array(z.string().min(2)).default([]).meta({ description: "What a key for tests begins with." }),
      hex: z.array(z.int().min(16).max(128)).default([]).meta({
        description: "Lengths of keys that are hexadecimal digits alone: such texts are shown to nobody.",
      }),
    }),
    passed_headers: z
      .array(
        headerName.refine((name) => !NEVER_PASSED.test(name), "a header that says whom the request is from"),
      )
      .default([])
      .meta({ description: "Headers of the client's that are forwarded, besides Accept." }),
    idempotency: z
      .strictObject({
        header: headerName,
        remembered_for: z.string().refine((text) => typeof parseWindow(text) === "number", "such as 24h"),
      })
      .nullable()
      .default(null)
      .meta({
        description:
          "The header of its idempotency keys, and for how long it remembers them. Without it, an outcome that nobody knows is never sent again.",
      }),
    request_id: headerName.optional().meta({ description: "The header in which it names a request." }),
    object_id: fieldPath.default("id").meta({ description: "Where an answer has the id of its object." }),
    error: z
      .strictObject({
        code: fieldPath.meta({
          description: "Where its errors have a code. An answer without is not its own, and says nothing.",
        }),
        message: fieldPath.optional(),
        status: fieldPath.optional(),
        not_executed: z
          .array(z.int().min(400).max(499))
          .default([400, 401, 403, 404, 405, 413, 415, 422, 429])
          .meta({ description: "Statuses after which nothing has happened for certain." }),
      })
      .meta({ description: "Its errors: refusals of the proxy are written like them." }),
    stamp: z
      .strictObject({
        param: fieldPath,
        as: z.enum(["map", "pairs"]).meta({ description: "`{name: value}`, or `[{name, value}]`." }),
        prefix: z
          .string()
          .regex(/^[a-z][a-z0-9_-]{1,20}$/)
          .default("keybrake_"),
      })
      .optional()
      .meta({
        description: "Where it takes notes of its caller's: the key's and the call's id are put there.",
      }),
    operations: z
      .record(z.string().regex(/^[A-Za-z][\w]*\.[A-Za-z][\w]*$/, "a name such as emails.send"), operation)
      .refine((all) => Object.keys(all).length > 0, "at least one operation"),
  })
  .superRefine(checkOperations);

export type Description = z.output<typeof descriptionSchema>;
export type DescribedOperation = Description["operations"][string];
export type Term = z.output<typeof term>;

/** First segments of paths that the proxy has itself. */
const RESERVED: ReadonlySet<string> = new Set(
  "stripe admin app mcp healthz readyz metrics log approvals slack delegation v1 v2".split(" "),
);

function isSafeBase(text: string): boolean {
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  return (protocol === "https:" || isLocal) && `${username}${password}${search}${hash}` === "";
}

/** What one field alone does not show. */
function checkOperations(
  { operations }: { readonly operations: Readonly<Record<string, z.output<typeof operation>>> },
  context: z.RefinementCtx,
): void {
  const places = new Map<string, string>();
  for (const [name, described] of Object.entries(operations)) {
    const complain = (field: string, message: string) =>
      context.addIssue({ code: "custom", path: ["operations", name, field], message });
    const isWrite = isWriting(described);
    const place = `${described.method} ${described.path.replaceAll(/\{\w+\}/g, "{}")}`;
    const other = places.get(place);
    if (other !== undefined) complain("path", `the same as of ${other}: which of them is meant?`);
    places.set(place, name);
    if (isWrite && described.cost !== "free" && described.parameters === undefined)
      complain("parameters", "say all that may be sent: this operation may cost something");
    if (!isWrite && described.cost !== undefined && described.cost !== "free")
      complain("cost", "a GET that costs something is not held for; no client expects that");
    const known = new Set([...(described.parameters ?? []), ...namesIn(described.path)]);
    const asked = described.parameters === undefined ? [] : (described.identity ?? []);
    for (const param of asked) {
      if (!known.has(param.split(".")[0] ?? "")) complain("identity", `'${param}' is none of its parameters`);
    }
  }
}

/** False for what changes nothing. */
export function isWriting({ method }: Pick<DescribedOperation, "method">): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** The names of a path's segments. */
export function namesIn(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}
