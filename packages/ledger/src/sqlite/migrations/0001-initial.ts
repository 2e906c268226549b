import { ADMIN_TABLES } from "./admin-tables.ts";
import { ALERT_TABLES } from "./alert-tables.ts";
import { SPEND_TABLES } from "./spend-tables.ts";

/** The first schema. Money columns are millionths of a US dollar unless they say minor; times are epoch milliseconds. */
export const MIGRATION_0001 = {
  version: 1,
  name: "initial",
  sql: `
-- Ledger time: one row. \`lag_max_ms\` is the most that any call arrived behind it (a clock stepped back).
CREATE TABLE ledger_clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  latest_at INTEGER NOT NULL CHECK (latest_at >= 0),
  lag_max_ms INTEGER NOT NULL CHECK (lag_max_ms >= 0),
  -- The stops that stand, as JSON, oldest first; NULL for none.
  stops TEXT
) STRICT;
INSERT INTO ledger_clock VALUES (1, 0, 0, NULL);

-- What \`ping\` writes, so that a disk with room for a small write alone is found to be full. One row.
CREATE TABLE probe (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  filler BLOB NOT NULL
) STRICT;

-- Shared budgets have a name; each vault key's own budget has none and may have no cap.
CREATE TABLE budgets (
  id INTEGER PRIMARY KEY,
  name TEXT UNIQUE,
  cap_micros INTEGER CHECK (cap_micros >= 0),
  -- The rolling window; NULL: a lifetime.
  window_ms INTEGER CHECK (window_ms > 0),
  -- Never changes, and was there before: so no circle.
  parent_id INTEGER REFERENCES budgets (id) CHECK (parent_id < id),
  created_at INTEGER NOT NULL CHECK (created_at >= 0),
  CHECK (name IS NOT NULL OR parent_id IS NULL),
  CHECK (name IS NULL OR cap_micros IS NOT NULL)
) STRICT;

-- What a budget counts, apart for real and for simulate keys. Apart from the cap, too: these change with every hold.
CREATE TABLE books (
  -- Twice the budget's, and one more for simulate keys.
  id INTEGER PRIMARY KEY,
  budget_id INTEGER NOT NULL REFERENCES budgets (id),
  simulate INTEGER NOT NULL CHECK (simulate IN (0, 1)),
  held_micros INTEGER NOT NULL DEFAULT 0 CHECK (held_micros >= 0),
  posted_micros INTEGER NOT NULL DEFAULT 0 CHECK (posted_micros >= 0),
  -- The oldest row of \`postings\`: while it is inside the window, nothing has to be looked up.
  oldest_posted_at INTEGER,
  -- The cap under which the last hold was granted: what held + posted must never pass.
  granted_cap_micros INTEGER NOT NULL DEFAULT 0 CHECK (granted_cap_micros >= 0),
  CHECK (id = budget_id * 2 + simulate)
) STRICT;

-- What was posted within the window, summed by millisecond. Rows leave when their book is next touched. A
-- lifetime has none: what was posted never leaves.
CREATE TABLE postings (
  book_id INTEGER NOT NULL REFERENCES books (id),
  posted_at INTEGER NOT NULL,
  micros INTEGER NOT NULL CHECK (micros > 0),
  PRIMARY KEY (book_id, posted_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE vault_keys (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  -- Of the newest secret, and of the one before with its end.
  hash TEXT NOT NULL UNIQUE,
  previous_hash TEXT,
  previous_ends_at INTEGER CHECK (previous_ends_at >= 0),
  name TEXT NOT NULL,
  vendor TEXT NOT NULL,
  account TEXT NOT NULL,
  role TEXT,
  policy TEXT NOT NULL,
  labels TEXT NOT NULL,
  simulate INTEGER NOT NULL CHECK (simulate IN (0, 1)),
  created_at INTEGER NOT NULL CHECK (created_at >= 0),
  expires_at INTEGER NOT NULL CHECK (expires_at >= 0),
  revoked_at INTEGER CHECK (revoked_at >= 0),
  paused_at INTEGER CHECK (paused_at >= 0),
  paused_above INTEGER NOT NULL DEFAULT 0,
  parent_id TEXT REFERENCES vault_keys (id),
  root_id TEXT REFERENCES vault_keys (id),
  max_calls INTEGER CHECK (max_calls >= 0),
  rate_per_minute INTEGER CHECK (rate_per_minute >= 0),
  -- The names of its shared budgets, in its order, as JSON; what they come to is in vault_key_books.
  budgets TEXT NOT NULL,
  CHECK ((previous_hash IS NULL) = (previous_ends_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX vault_keys_previous_hash ON vault_keys (previous_hash) WHERE previous_hash IS NOT NULL;

-- All that a call of a key is charged to, worked out when the key was made: its own book (position 0), those of
-- the budgets that it names, those of their ancestors.
CREATE TABLE vault_key_books (
  vault_key INTEGER NOT NULL REFERENCES vault_keys (sequence),
  position INTEGER NOT NULL CHECK (position >= 0),
  book_id INTEGER NOT NULL REFERENCES books (id),
  PRIMARY KEY (vault_key, position)
) STRICT, WITHOUT ROWID;

-- What every call of a key changes, apart from the wide rows above: a commit writes whole pages.
CREATE TABLE vault_key_counters (
  vault_key INTEGER PRIMARY KEY REFERENCES vault_keys (sequence),
  calls INTEGER NOT NULL DEFAULT 0 CHECK (calls >= 0),
  -- The number of the newest row that counts against the rate; see calls.rate_number.
  rate_number INTEGER NOT NULL DEFAULT 0 CHECK (rate_number >= 0),
  -- The newest row of the key, where the chain of calls.previous_of_key starts.
  newest_call INTEGER
) STRICT;

CREATE TABLE calls (
  sequence INTEGER PRIMARY KEY,
  call_id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  -- Ledger time when the row was written: never decreases with the sequence.
  booked_at INTEGER NOT NULL,
  vendor TEXT NOT NULL,
  account TEXT NOT NULL,
  vault_key_id TEXT NOT NULL REFERENCES vault_keys (id),
  vault_key_name TEXT NOT NULL,
  role TEXT,
  -- JSON; NULL for none. See call_labels.
  labels TEXT,
  simulate INTEGER NOT NULL CHECK (simulate IN (0, 1)),
  run_id TEXT,
  agent TEXT,
  conversation_id TEXT,
  turn TEXT,
  traceparent TEXT,
  operation TEXT,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  idempotency_key TEXT,
  amount_minor INTEGER CHECK (amount_minor >= 0),
  currency TEXT,
  usd_micros INTEGER NOT NULL CHECK (usd_micros >= 0),
  -- Alternatives, here and below: for each statement, a list of three or more is made into a table first.
  decision TEXT NOT NULL CHECK (decision = 'allowed' OR decision = 'denied' OR decision = 'replayed'),
  code TEXT,
  state TEXT NOT NULL CHECK (
    state = 'none' OR state = 'held' OR state = 'posted' OR state = 'voided' OR state = 'unknown'
      OR state = 'awaiting'
  ),
  -- The process that forwards it.
  owner TEXT,
  status INTEGER,
  upstream_request_id TEXT,
  upstream_idempotency_key TEXT,
  object_id TEXT,
  latency_ms REAL,
  would_code TEXT,
  customer TEXT,
  over_hold_micros INTEGER NOT NULL CHECK (over_hold_micros >= 0),
  -- How many calls it stands for: refusals beyond a key's share have one row together.
  times INTEGER NOT NULL CHECK (times > 0),
  posted_at INTEGER,
  settled_by TEXT CHECK (settled_by = 'answer' OR settled_by = 'reconciler' OR settled_by = 'person'),
  -- Of a person.
  settled_reason TEXT,
  -- When it was last sent, by the clock of who sent it.
  sent_at INTEGER CHECK (sent_at >= 0),
  -- 1, 2, 3 … per vault key with a rate limit, refusals left out: the limit is one look-up, not a count.
  rate_number INTEGER,
  -- The key's row before this one. A chain costs nothing to keep; an index by key would cost every call a
  -- page of its own in each commit, since neighbouring calls are of different keys.
  previous_of_key INTEGER,
  claim_scope TEXT,
  claim_key TEXT,
  -- 0: given back, so that the same claim may be made anew.
  claim_live INTEGER CHECK (claim_live IN (0, 1)),
  act_digest TEXT,
  -- NULL: as act_digest.
  shared_digest TEXT,
  -- Kept only while it may have to be sent again.
  claim_body TEXT,
  CHECK ((state = 'posted') = (posted_at IS NOT NULL)),
  CHECK ((state = 'held') = (owner IS NOT NULL)),
  CHECK ((state IN ('posted', 'voided')) = (settled_by IS NOT NULL)),
  CHECK (settled_reason IS NULL OR settled_by = 'person'),
  CHECK (sent_at IS NOT NULL OR state = 'none' OR state = 'posted' OR state = 'voided'),
  CHECK (decision = 'allowed' OR state = 'none'),
  CHECK ((claim_key IS NULL) = (claim_live IS NULL))
) STRICT;

-- The answers of claimed calls, for replays; apart, so that settling a call does not make its row grow.
CREATE TABLE answers (
  call INTEGER PRIMARY KEY REFERENCES calls (sequence),
  status INTEGER NOT NULL,
  headers TEXT NOT NULL,
  -- NULL: what it is about was undone since, by somebody who knew of it.
  body TEXT,
  -- 1: it is known to have reached somebody.
  delivered INTEGER NOT NULL DEFAULT 0 CHECK (delivered IN (0, 1))
) STRICT;

-- The labels of calls once more, to be found by. In the order of the list that is made of them.
CREATE TABLE call_labels (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  call INTEGER NOT NULL REFERENCES calls (sequence),
  PRIMARY KEY (name, value, call)
) STRICT, WITHOUT ROWID;

-- What people were asked about single acts. A card stands in the order of the rows of calls: it is the row's that asked.
CREATE TABLE approvals (
  sequence INTEGER PRIMARY KEY,
  approval_id TEXT NOT NULL UNIQUE,
  vault_key_id TEXT NOT NULL REFERENCES vault_keys (id),
  asked_at INTEGER NOT NULL CHECK (asked_at >= 0),
  -- JSON of what never changes; the arguments in it are sealed by whoever asks.
  asked TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'used')),
  ends_at INTEGER NOT NULL CHECK (ends_at >= 0),
  decided_at INTEGER,
  decided_by TEXT,
  decided_reason TEXT,
  -- The call that was admitted by it: no other is.
  used_by TEXT,
  CHECK ((state = 'pending') = (decided_at IS NULL)),
  CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
  CHECK ((state = 'used') = (used_by IS NOT NULL))
) STRICT;
CREATE INDEX approvals_live ON approvals (vault_key_id, ends_at) WHERE state <> 'used';
-- For their removal.
CREATE INDEX approvals_end ON approvals (ends_at);

CREATE UNIQUE INDEX calls_claim ON calls (claim_key, claim_scope, account, vendor, simulate)
  WHERE claim_live = 1;
CREATE UNIQUE INDEX calls_rate ON calls (vault_key_id, rate_number) WHERE rate_number IS NOT NULL;
-- For the audit's filters; every index is in the order of the sequence, which is the audit's. What most rows
-- have (decision allowed, state none) has no index, and what a row does not have costs it nothing.
-- The state stands in this one for the sum of what an object's posted calls counted.
CREATE INDEX calls_object ON calls (object_id, sequence, state) WHERE object_id IS NOT NULL;
CREATE INDEX calls_state ON calls (state) WHERE state <> 'none';
CREATE INDEX calls_run ON calls (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX calls_conversation ON calls (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX calls_turn ON calls (turn) WHERE turn IS NOT NULL;
CREATE INDEX calls_idempotency_key ON calls (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX calls_agent ON calls (agent) WHERE agent IS NOT NULL;
CREATE INDEX calls_customer ON calls (customer) WHERE customer IS NOT NULL;
CREATE INDEX calls_operation ON calls (operation) WHERE operation IS NOT NULL;
CREATE INDEX calls_code ON calls (code) WHERE code IS NOT NULL;
CREATE INDEX calls_decision ON calls (decision) WHERE decision <> 'allowed';

${ALERT_TABLES}
${ADMIN_TABLES}
${SPEND_TABLES}

-- Few rows have either, so both cost next to nothing.
CREATE INDEX calls_over_hold ON calls (posted_at) WHERE over_hold_micros > 0;
CREATE INDEX vault_keys_revoked ON vault_keys (revoked_at) WHERE revoked_at IS NOT NULL;
`,
} as const;
