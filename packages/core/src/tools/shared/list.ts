import { LIMITS } from "../../limits.ts";
import type { Described } from "../../outcome.ts";
import { isRecord } from "../../text.ts";
import type { FormParams } from "../../wire/form.ts";
import type { Body } from "../tool.ts";
import { type ObjectKind, trimObject } from "./describe.ts";

/** The paging of a list, as Stripe takes it. */
export function pageParams(input: {
  readonly limit: number | null;
  readonly starting_after: string | null;
}): FormParams {
  return { limit: input.limit ?? LIMITS.listDefault, starting_after: input.starting_after };
}

/** One page of a list. Null for anything else. */
export function describeList(body: Body, kind: ObjectKind): Described | null {
  if (!Array.isArray(body.data)) return null;
  const objects = body.data.filter(isRecord).map((object) => trimObject(object, kind));
  const more = body.has_more === true;
  const last = objects.at(-1)?.id;
  const next =
    more && typeof last === "string" ? ` There are more: call again with starting_after ${last}.` : "";
  const count = `${objects.length} ${kind.object.replace("_", " ")}${objects.length === 1 ? "" : "s"}`;
  return {
    id: null,
    status: "ok",
    data: { objects, has_more: more },
    message: `${count}, newest first.${next}`,
  };
}
