import { ADMIN_TABLES } from "./admin-tables.ts";
import { ALERT_TABLES } from "./alert-tables.ts";
import { APPROVALS } from "./approvals-table.ts";
import { SPEND_TABLES } from "./spend-tables.ts";

/** The first schema. Money columns are millionths of a US dollar unless they say minor; times are epoch milliseconds. */
export const MIGRATION_0001 = {
  version: 1,
  name: "initial",
  sql: `
-- One row: ledger time and the last numbers that were given. Every transaction that writes locks it first, so
-- transactions follow one another over all replicas. \`lag_max_ms\` is the most that any call arrived behind ledger time.
CREATE TABLE ledger_clock (
  id integer PRIMARY KEY CHECK (id = 1),
  latest_at bigint NOT NULL CHECK (latest_at >= 0),
  lag_max_ms bigint NOT NULL CHECK (lag_max_ms >= 0),
  last_call bigint NOT NULL CHECK (last_call >= 0),
  last_key bigint NOT NULL CHECK (last_key >= 0),
  last_budget bigint NOT NULL CHECK (last_budget >= 0),
  stops text -- those that stand, as JSON, oldest first; NULL for none
) WITH (fillfactor = 10);
INSERT INTO ledger_clock VALUES (1, 0, 0, 0, 0, 0, NULL);

-- What \`ping\` writes, so that a disk with room for a small write alone is found to be full. One row.
CREATE TABLE probe (id integer PRIMARY KEY CHECK (id = 1), filler text NOT NULL);
ALTER TABLE probe ALTER COLUMN filler SET STORAGE EXTERNAL;

-- The replicas. A lease is renewed by every transaction of its owner, by the server's clock.
CREATE TABLE owners (
  id text PRIMARY KEY,
  lease_ends_at timestamptz NOT NULL,
  -- The last transaction of the owner: by it, one whose commit's answer was lost is found to have been durable.
  batch bigint NOT NULL,
  -- Whether what it held when its lease had ended has become unknown.
  recovered boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);

-- Turns at things that several replicas want to work on, one at a time.
CREATE TABLE turns (
  name text PRIMARY KEY,
  owner text NOT NULL,
  -- Tells one turn of an owner from its next.
  taker text NOT NULL,
  ends_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- What a program seals before it gives it here, so that all its replicas have it. By name.
CREATE TABLE sealed (name text PRIMARY KEY, box text NOT NULL);

-- The server that the books were last opened on; and since when they may lack entries, because it was another one. One row.
CREATE TABLE server_seen (
  id integer PRIMARY KEY CHECK (id = 1),
  identity text NOT NULL,
  missing_since bigint CHECK (missing_since >= 0)
);

-- Shared budgets have a name; each vault key's own budget has none and may have no cap.
CREATE TABLE budgets (
  id bigint PRIMARY KEY,
  name text COLLATE "C" UNIQUE,
  cap_micros bigint CHECK (cap_micros >= 0),
  -- The rolling window; NULL: a lifetime.
  window_ms bigint CHECK (window_ms > 0),
  -- Never changes, and was there before: so no circle.
  parent_id bigint REFERENCES budgets (id) CHECK (parent_id < id),
  created_at bigint NOT NULL CHECK (created_at >= 0),
  CHECK (name IS NOT NULL OR parent_id IS NULL),
  CHECK (name IS NULL OR cap_micros IS NOT NULL)
);

-- What a budget counts, apart for real and for simulate keys.
CREATE TABLE books (
  -- Twice the budget's, and one more for simulate keys.
  id bigint PRIMARY KEY,
  budget_id bigint NOT NULL REFERENCES budgets (id),
  simulate boolean NOT NULL,
  held_micros bigint NOT NULL DEFAULT 0 CHECK (held_micros >= 0),
  posted_micros bigint NOT NULL DEFAULT 0 CHECK (posted_micros >= 0),
  -- The oldest row of \`postings\`: while it is inside the window, nothing has to be looked up.
  oldest_posted_at bigint,
  -- The cap under which the last hold was granted: what held + posted must never pass.
  granted_cap_micros bigint NOT NULL DEFAULT 0 CHECK (granted_cap_micros >= 0),
  CHECK (id = budget_id * 2 + simulate::integer)
) WITH (fillfactor = 50);

-- What was posted within the window, summed by millisecond. Rows leave when their book is next touched. A
-- lifetime has none: what was posted never leaves.
CREATE TABLE postings (
  book_id bigint NOT NULL REFERENCES books (id),
  posted_at bigint NOT NULL,
  micros bigint NOT NULL CHECK (micros > 0),
  PRIMARY KEY (book_id, posted_at)
);

CREATE TABLE vault_keys (
  sequence bigint PRIMARY KEY,
  id text NOT NULL UNIQUE,
  hash text NOT NULL UNIQUE, -- of the newest secret; then of the one before, with its end
  previous_hash text,
  previous_ends_at bigint CHECK (previous_ends_at >= 0),
  name text NOT NULL,
  vendor text NOT NULL,
  account text NOT NULL,
  role text,
  -- JSON as it was given.
  policy text NOT NULL,
  labels text NOT NULL,
  simulate boolean NOT NULL,
  created_at bigint NOT NULL CHECK (created_at >= 0),
  expires_at bigint NOT NULL CHECK (expires_at >= 0),
  revoked_at bigint CHECK (revoked_at >= 0),
  paused_at bigint CHECK (paused_at >= 0),
  paused_above bigint NOT NULL DEFAULT 0,
  parent_id text REFERENCES vault_keys (id),
  root_id text REFERENCES vault_keys (id),
  max_calls bigint CHECK (max_calls >= 0),
  rate_per_minute bigint CHECK (rate_per_minute >= 0),
  -- The names of its shared budgets, in its order, as JSON; what they come to is in vault_key_books.
  budgets text NOT NULL,
  CHECK ((previous_hash IS NULL) = (previous_ends_at IS NULL))
);
CREATE UNIQUE INDEX vault_keys_previous_hash ON vault_keys (previous_hash) WHERE previous_hash IS NOT NULL;

-- All that a call of a key is charged to, worked out when the key was made: its own book (position 0), those of
-- the budgets that it names, those of their ancestors.
CREATE TABLE vault_key_books (
  vault_key bigint NOT NULL REFERENCES vault_keys (sequence),
  position integer NOT NULL CHECK (position >= 0),
  book_id bigint NOT NULL REFERENCES books (id),
  PRIMARY KEY (vault_key, position)
);
CREATE INDEX vault_key_books_book ON vault_key_books (book_id);

-- What every call of a key changes, apart from the wide rows above.
CREATE TABLE vault_key_counters (
  vault_key bigint PRIMARY KEY REFERENCES vault_keys (sequence),
  calls bigint NOT NULL DEFAULT 0 CHECK (calls >= 0),
  -- The number of the newest row that counts against the rate; see calls.rate_number.
  rate_number bigint NOT NULL DEFAULT 0 CHECK (rate_number >= 0)
) WITH (fillfactor = 50);

-- By day of booking. No index of a partitioned table is unique over all days unless it has the day in it, so what
-- must be unique (ids, claims) has tables of its own, which also say where the row is.
CREATE TABLE calls (
  sequence bigint NOT NULL,
  call_id text NOT NULL,
  at bigint NOT NULL,
  -- Ledger time when the row was written: never decreases with the sequence.
  booked_at bigint NOT NULL,
  vendor text NOT NULL,
  account text NOT NULL,
  vault_key_id text NOT NULL,
  vault_key_name text NOT NULL,
  role text,
  -- NULL for none.
  labels jsonb,
  simulate boolean NOT NULL,
  run_id text,
  agent text,
  conversation_id text,
  turn text,
  traceparent text,
  operation text,
  method text NOT NULL,
  path text NOT NULL,
  idempotency_key text,
  amount_minor bigint CHECK (amount_minor >= 0),
  currency text,
  usd_micros bigint NOT NULL CHECK (usd_micros >= 0),
  decision text NOT NULL CHECK (decision IN ('allowed', 'denied', 'replayed')),
  code text,
  state text NOT NULL CHECK (state IN ('none', 'held', 'posted', 'voided', 'unknown', 'awaiting')),
  -- The replica that forwards it.
  owner text,
  status bigint,
  upstream_request_id text,
  upstream_idempotency_key text,
  object_id text,
  latency_ms double precision,
  would_code text,
  customer text,
  over_hold_micros bigint NOT NULL CHECK (over_hold_micros >= 0),
  -- How many calls it stands for: refusals beyond a key's share have one row together.
  times bigint NOT NULL CHECK (times > 0),
  posted_at bigint,
  settled_by text CHECK (settled_by IN ('answer', 'reconciler', 'person')),
  -- Of a person.
  settled_reason text,
  -- When it was last sent, by the clock of who sent it.
  sent_at bigint CHECK (sent_at >= 0),
  -- 1, 2, 3 … per vault key with a rate limit, refusals left out: the limit is one look-up, not a count.
  rate_number bigint,
  claim_scope text,
  claim_key text,
  -- False: given back, so that the same claim may be made anew.
  claim_live boolean,
  act_digest text,
  -- NULL: as act_digest.
  shared_digest text,
  -- Kept only while it may have to be sent again.
  claim_body text,
  PRIMARY KEY (sequence, booked_at),
  CHECK ((state = 'posted') = (posted_at IS NOT NULL)),
  CHECK ((state = 'held') = (owner IS NOT NULL)),
  CHECK ((state IN ('posted', 'voided')) = (settled_by IS NOT NULL)),
  CHECK (settled_reason IS NULL OR settled_by = 'person'),
  CHECK (state NOT IN ('held', 'unknown', 'awaiting') OR sent_at IS NOT NULL),
  CHECK (decision = 'allowed' OR state = 'none'),
  CHECK ((claim_key IS NULL) = (claim_live IS NULL))
) PARTITION BY RANGE (booked_at);
-- What is booked on a day that has no partition: nothing is ever refused for want of one.
CREATE TABLE calls_other PARTITION OF calls DEFAULT;

CREATE TABLE call_ids (
  call_id text PRIMARY KEY,
  sequence bigint NOT NULL,
  booked_at bigint NOT NULL
);

-- The one call that has a claim; the row leaves when the claim is given back.
CREATE TABLE claims (
  key text NOT NULL,
  scope text NOT NULL,
  account text NOT NULL,
  vendor text NOT NULL,
  simulate boolean NOT NULL,
  sequence bigint NOT NULL UNIQUE,
  booked_at bigint NOT NULL,
  PRIMARY KEY (key, scope, account, vendor, simulate)
);

-- The answers of claimed calls, for replays; apart, so that settling a call does not make its row grow.
CREATE TABLE answers (
  call bigint PRIMARY KEY,
  status bigint NOT NULL,
  headers text NOT NULL,
  -- NULL: what it is about was undone since, by somebody who knew of it.
  body text,
  -- It is known to have reached somebody.
  delivered boolean NOT NULL DEFAULT false
);

${APPROVALS}
CREATE INDEX calls_rate ON calls (vault_key_id, rate_number) WHERE rate_number IS NOT NULL;
-- For the audit's filters, each in the order of the audit. What most rows have (decision allowed, state none) has
-- no index, and what a row does not have costs it nothing.
CREATE INDEX calls_key ON calls (vault_key_id, sequence);
CREATE INDEX calls_object ON calls (object_id, sequence) WHERE object_id IS NOT NULL;
CREATE INDEX calls_pending ON calls (sequence) WHERE state IN ('held', 'unknown', 'awaiting');
CREATE INDEX calls_run ON calls (run_id, sequence) WHERE run_id IS NOT NULL;
CREATE INDEX calls_conversation ON calls (conversation_id, sequence) WHERE conversation_id IS NOT NULL;
CREATE INDEX calls_turn ON calls (turn, sequence) WHERE turn IS NOT NULL;
CREATE INDEX calls_idempotency_key ON calls (idempotency_key, sequence) WHERE idempotency_key IS NOT NULL;
CREATE INDEX calls_agent ON calls (agent, sequence) WHERE agent IS NOT NULL;
CREATE INDEX calls_customer ON calls (customer, sequence) WHERE customer IS NOT NULL;
CREATE INDEX calls_operation ON calls (operation, sequence) WHERE operation IS NOT NULL;
CREATE INDEX calls_code ON calls (code, sequence) WHERE code IS NOT NULL;
CREATE INDEX calls_labels ON calls USING gin (labels jsonb_path_ops) WHERE labels IS NOT NULL;

${ADMIN_TABLES}
${SPEND_TABLES}
${ALERT_TABLES}`,
} as const;
