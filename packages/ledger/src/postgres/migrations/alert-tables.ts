/** Of the first schema, what is kept beside the books: who is told of what happens in them. */
export const ALERT_TABLES = `\
-- Who is told of what happens in the books. \`box\` is sealed by whoever gives it; \`types\` is JSON, NULL: everything.
CREATE TABLE alert_targets (
  id text PRIMARY KEY,
  kind text NOT NULL,
  shown text NOT NULL,
  box text NOT NULL,
  types text,
  created_at bigint NOT NULL CHECK (created_at >= 0),
  -- Never told, because too much waited for it.
  dropped bigint NOT NULL CHECK (dropped >= 0)
);

-- What must not be told twice, until when (NULL: for ever), and the alert that told it.
CREATE TABLE alert_marks (
  name text PRIMARY KEY,
  until bigint,
  alert_id text NOT NULL
);

CREATE TABLE alert_deliveries (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id text NOT NULL,
  target_id text NOT NULL REFERENCES alert_targets (id),
  type text NOT NULL,
  payload text NOT NULL,
  created_at bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts bigint NOT NULL CHECK (attempts >= 0),
  due_at bigint NOT NULL,
  -- Who sends it just now, and until when nobody else does.
  claim text,
  claimed_until bigint,
  status bigint,
  error text,
  ended_at bigint,
  UNIQUE (alert_id, target_id)
);
CREATE INDEX alert_deliveries_pending ON alert_deliveries (target_id, sequence) WHERE state = 'pending';

-- One row at most: how far the books were looked through for something to tell, since somebody first listened.
CREATE TABLE alert_cursor (
  id integer PRIMARY KEY CHECK (id = 1),
  call bigint NOT NULL,
  booked_at bigint NOT NULL,
  began_at bigint NOT NULL,
  looked_at bigint NOT NULL
);

-- Few rows have either, so both cost next to nothing.
CREATE INDEX calls_over_hold ON calls (posted_at) WHERE over_hold_micros > 0;
CREATE INDEX vault_keys_revoked ON vault_keys (revoked_at) WHERE revoked_at IS NOT NULL;
`;
