import { z } from "zod";
import type { AdminSend } from "./admin-request.ts";
import type {
  CreateVaultKeyInput,
  IssuedVaultKey,
  Page,
  PageQuery,
  UpdateVaultKeyInput,
  VaultKeyInfo,
} from "./admin-types.ts";
import { answerOf, issuedVaultKey, vaultKeyInfo, vaultKeyPage } from "./answers.ts";
import { segment } from "./segment.ts";

/** The answer to `rotate`: the only time that the new secret is shown. */
export interface RotatedVaultKey {
  readonly id: string;
  readonly vault_key: string;
  readonly name: string;
  /** Until then the secret before works as well; ISO 8601. */
  readonly previous_ends_at: string;
  readonly expires_at: string;
}

/** Every method talks to the proxy and throws `KeybrakeError` with the code that it answered. */
export interface VaultKeys {
  /** Issues a key. Sent once: after a `network_error` look in `list` before trying again. */
  readonly create: (input: CreateVaultKeyInput) => Promise<IssuedVaultKey>;
  /** Newest first. */
  readonly list: (page?: PageQuery) => Promise<Page<VaultKeyInfo>>;
  readonly get: (id: string) => Promise<VaultKeyInfo>;
  /** Changes the key's own cap; the next call obeys it, and what was spent stays. */
  readonly update: (id: string, input: UpdateVaultKeyInput) => Promise<VaultKeyInfo>;
  /** Once it resolved, every later call with the key is refused, on every replica. */
  readonly revoke: (id: string) => Promise<VaultKeyInfo>;
  /** Once it resolved, every later call with the key is refused, on every replica, until it is resumed. */
  readonly pause: (id: string) => Promise<VaultKeyInfo>;
  /** Ends a pause of this key, and no stop. */
  readonly resume: (id: string) => Promise<VaultKeyInfo>;
  /**
   * Another secret for the key, whose id, policy and use stay. Who has the one before is refused once it resolved, or
   * `overlap_seconds` (at most 604 800) later. Sent once: after a `network_error` rotate again.
   */
  readonly rotate: (
    id: string,
    input?: { readonly overlap_seconds?: number | undefined },
  ) => Promise<RotatedVaultKey>;
}

const text = z.string();
const rotatedVaultKey: z.ZodType<RotatedVaultKey> = answerOf({
  ...{ id: text, vault_key: text, name: text, previous_ends_at: text, expires_at: text },
});

export function vaultKeysOf(send: AdminSend): VaultKeys {
  const keyPath = (id: string) => `/admin/vault-keys/${segment(id)}`;
  const create = (input: CreateVaultKeyInput) =>
    send({
      method: "POST",
      path: "/admin/vault-keys",
      body: { vendor: "stripe", ...input },
      repeatable: false,
      answer: issuedVaultKey,
    });
  const change = (verb: "revoke" | "pause" | "resume") => async (id: string) =>
    send({ method: "POST", path: `${keyPath(id)}/${verb}`, repeatable: true, answer: vaultKeyInfo });
  const revoke = change("revoke");
  return {
    create,
    revoke,
    pause: change("pause"),
    resume: change("resume"),
    rotate: async (id, body = {}) =>
      send({
        method: "POST",
        path: `${keyPath(id)}/rotate`,
        body,
        repeatable: false,
        answer: rotatedVaultKey,
      }),
    list: (page) =>
      send({
        method: "GET",
        path: "/admin/vault-keys",
        query: page ?? {},
        repeatable: true,
        answer: vaultKeyPage,
      }),
    get: async (id) =>
      send({ method: "GET", path: keyPath(id), query: {}, repeatable: true, answer: vaultKeyInfo }),
    update: async (id, body) =>
      send({ method: "PATCH", path: keyPath(id), body, repeatable: true, answer: vaultKeyInfo }),
  };
}
