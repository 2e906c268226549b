import { z } from "zod";
import type {
  ActionFilter,
  AdminActionInfo,
  AdminKeyInfo,
  CreateAdminKeyInput,
  IssuedAdminKey,
} from "./admin-key-types.ts";
import type { AdminSend } from "./admin-request.ts";
import type { Page, PageQuery } from "./admin-types.ts";
import { answerOf } from "./answers.ts";
import { segment } from "./segment.ts";

/** Admin keys, and what was done with them. Every method talks to the proxy and throws `KeybrakeError`. */
export interface AdminKeys {
  /** Sent once: after a `network_error` look in `list` before trying again. */
  readonly create: (input: CreateAdminKeyInput) => Promise<IssuedAdminKey>;
  /** Newest first. */
  readonly list: () => Promise<{ readonly data: readonly AdminKeyInfo[] }>;
  /** Once it resolved, every later request with the key is refused. The vault keys that it issued stay. */
  readonly revoke: (id: string) => Promise<AdminKeyInfo>;
  /** What admins have done, newest first. */
  readonly actions: (filter?: ActionFilter & PageQuery) => Promise<Page<AdminActionInfo>>;
}

const text = z.string();
const maybeText = text.nullable();
const record = z.record(text, z.unknown()).nullable();
const key = {
  ...{ id: text, name: text, scope: z.enum(["admin", "operator", "issuer", "auditor"]) },
  status: z.enum(["active", "revoked", "expired"]),
  ...{ ceiling: record, keys_per_hour: z.number().nullable() },
  ...{ created_at: text, expires_at: maybeText, revoked_at: maybeText },
};
const info: z.ZodType<AdminKeyInfo> = answerOf(key);
const issued: z.ZodType<IssuedAdminKey> = answerOf({ ...key, admin_key: text });
const list: z.ZodType<{ readonly data: readonly AdminKeyInfo[] }> = answerOf({ data: z.array(info) });
const action: z.ZodType<AdminActionInfo> = answerOf({
  ...{ id: text, at: text, by_id: text, by_name: text, action: text, target: maybeText, detail: record },
  ...{ status: z.number().nullable(), code: maybeText, remote_address: text },
});
const actionPage: z.ZodType<Page<AdminActionInfo>> = answerOf({
  ...{ data: z.array(action), next_cursor: maybeText },
});

export function adminKeysOf(send: AdminSend): AdminKeys {
  const path = "/admin/admin-keys";
  return {
    create: (body) => send({ method: "POST", path, body, repeatable: false, answer: issued }),
    list: () => send({ method: "GET", path, repeatable: true, answer: list }),
    revoke: async (id) =>
      send({ method: "POST", path: `${path}/${segment(id)}/revoke`, repeatable: true, answer: info }),
    actions: (query = {}) =>
      send({ method: "GET", path: "/admin/actions", query, repeatable: true, answer: actionPage }),
  };
}
