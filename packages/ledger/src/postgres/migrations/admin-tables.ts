/** Of the first schema: what the admin API keeps for itself. Times are epoch milliseconds. */
export const ADMIN_TABLES = `
-- Who may use the admin API beside whoever started the proxy, and what they have done: begun (no status), then ended.
CREATE TABLE admin_keys (
  id text PRIMARY KEY,
  hash text NOT NULL UNIQUE,
  name text NOT NULL,
  scope text NOT NULL,
  -- JSON of whoever uses the ledger.
  ceiling text,
  keys_per_hour bigint CHECK (keys_per_hour >= 0),
  created_at bigint NOT NULL,
  expires_at bigint,
  revoked_at bigint
);
CREATE TABLE admin_actions (
  sequence bigint PRIMARY KEY,
  id text NOT NULL UNIQUE,
  at bigint NOT NULL,
  by_id text NOT NULL,
  by_name text NOT NULL,
  action text NOT NULL,
  target text,
  detail text,
  status bigint,
  code text,
  remote_address text NOT NULL,
  -- 1: it counts as the issue of a key.
  issues bigint NOT NULL
);
-- The keys that another has made.
CREATE INDEX vault_keys_parent ON vault_keys (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX admin_actions_issues ON admin_actions (by_id, at) WHERE issues = 1;
CREATE INDEX admin_actions_target ON admin_actions (target, sequence) WHERE target IS NOT NULL;
`;
