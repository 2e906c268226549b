import type { AlertSql } from "../alerts/create-alert-book.ts";
import type { AlertStatement } from "../alerts/statements.ts";
import type { ActionFilter, AdminAction, AdminBook, AdminKey } from "./admin-book.ts";

const of = (sql: string, ...values: AlertStatement["values"]): AlertStatement => ({ sql, values });

const KEY = `id, hash, name, scope, ceiling, keys_per_hour AS "keysPerHour", created_at AS "createdAt",
  expires_at AS "expiresAt", revoked_at AS "revokedAt"`;

const ACTION = `sequence, id, at, by_id AS "byId", by_name AS "byName", action, target, detail, status, code,
  remote_address AS "remoteAddress"`;

/** The book over a store's SQL, in words that every store speaks. */
export function createAdminBook(store: AlertSql): AdminBook {
  return {
    addKey: ({ id, hash, name, scope, ceiling, keysPerHour, createdAt, expiresAt, revokedAt }) =>
      store.run([
        of(
          `INSERT INTO admin_keys (id, hash, name, scope, ceiling, keys_per_hour, created_at, expires_at, revoked_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ...[id, hash, name, scope, ceiling, keysPerHour, createdAt, expiresAt, revokedAt],
        ),
      ]),
    findKey: async (hash) => {
      const [key] = await store.rows<AdminKey>(of(`SELECT ${KEY} FROM admin_keys WHERE hash = ?`, hash));
      return key === undefined ? null : { ...key };
    },
    listKeys: async () =>
      plain(
        await store.rows<AdminKey>(of(`SELECT ${KEY} FROM admin_keys ORDER BY created_at DESC, id DESC`)),
      ),
    revokeKey: (id, at) =>
      store.run([of("UPDATE admin_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", at, id)]),
    beginAction: ({ id, at, byId, byName, action, target, detail, remoteAddress }) =>
      store.run([
        of(
          `INSERT INTO admin_actions (sequence, id, at, by_id, by_name, action, target, detail, remote_address, issues)
             VALUES ((SELECT coalesce(max(sequence), 0) + 1 FROM admin_actions), ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
          ...[id, at, byId, byName, action, target, detail, remoteAddress],
        ),
      ]),
    endAction: (id, { target, status, code }) =>
      store.run([
        of(
          "UPDATE admin_actions SET target = ?, status = ?, code = ? WHERE id = ?",
          target,
          status,
          code,
          id,
        ),
      ]),
    takeIssue: async (id, { after, most }) => {
      await store.run([
        of(
          `UPDATE admin_actions SET issues = 1 WHERE id = ? AND (SELECT count(*) FROM admin_actions AS other
             WHERE other.by_id = admin_actions.by_id AND other.issues = 1 AND other.at > ?) < ?`,
          ...[id, after, most],
        ),
      ]);
      return (await store.rows(of("SELECT 1 FROM admin_actions WHERE id = ? AND issues = 1", id))).length > 0;
    },
    hasIssued: async (byId, vaultKeyId) => {
      const rows = await store.rows(
        of(
          "SELECT 1 FROM admin_actions WHERE by_id = ? AND issues = 1 AND target = ? LIMIT 1",
          byId,
          vaultKeyId,
        ),
      );
      return rows.length > 0;
    },
    listActions: async (filter, page) => plain(await store.rows<AdminAction>(actions(filter, page))),
  };
}

function actions(
  { byId, action, target, from, to }: ActionFilter,
  { below, limit }: { readonly below: number | null; readonly limit: number },
): AlertStatement {
  const conditions: readonly (readonly [string, string | number | null | undefined])[] = [
    ["by_id = ?", byId],
    ["action = ?", action],
    ["target = ?", target],
    ["at >= ?", from],
    ["at < ?", to],
    ["sequence < ?", below ?? undefined],
  ];
  const given = conditions.flatMap(([sql, value]) => (value == null ? [] : [{ sql, value }]));
  const where = given.length === 0 ? "" : `WHERE ${given.map(({ sql }) => sql).join(" AND ")}`;
  const sql = `SELECT ${ACTION} FROM admin_actions ${where} ORDER BY sequence DESC LIMIT ?`;
  return of(sql, ...given.map(({ value }) => value), limit);
}

/** SQLite's rows have no prototype; the interface's are plain objects. */
function plain<R extends object>(rows: readonly R[]): R[] {
  return rows.map((row) => ({ ...row }));
}
