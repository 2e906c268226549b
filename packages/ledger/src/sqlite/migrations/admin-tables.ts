/** Of the first schema: what the admin API keeps for itself. Times are epoch milliseconds. */
export const ADMIN_TABLES = `
-- Who may use the admin API beside whoever started the proxy, and what they have done: begun (no status), then ended.
CREATE TABLE admin_keys (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,
  -- JSON of whoever uses the ledger.
  ceiling TEXT,
  keys_per_hour INTEGER CHECK (keys_per_hour >= 0),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE TABLE admin_actions (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT,
  detail TEXT,
  status INTEGER,
  code TEXT,
  remote_address TEXT NOT NULL,
  -- 1: it counts as the issue of a key.
  issues INTEGER NOT NULL
) STRICT;
-- The keys that another has made.
CREATE INDEX vault_keys_parent ON vault_keys (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX admin_actions_issues ON admin_actions (by_id, at) WHERE issues = 1;
CREATE INDEX admin_actions_target ON admin_actions (target, sequence) WHERE target IS NOT NULL;
`;
