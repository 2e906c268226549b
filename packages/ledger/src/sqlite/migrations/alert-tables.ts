/** Who is told of what happens, what must not be told twice, and what is to be told. */
export const ALERT_TABLES = `
-- Who is told of what happens in the books. \`box\` is sealed by whoever gives it; \`types\` is JSON, NULL: everything.
CREATE TABLE alert_targets (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  shown TEXT NOT NULL,
  box TEXT NOT NULL,
  types TEXT,
  created_at INTEGER NOT NULL CHECK (created_at >= 0),
  -- Never told, because too much waited for it.
  dropped INTEGER NOT NULL CHECK (dropped >= 0)
) STRICT;

-- What must not be told twice, until when (NULL: for ever), and the alert that told it.
CREATE TABLE alert_marks (
  name TEXT PRIMARY KEY,
  until INTEGER,
  alert_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_deliveries (
  sequence INTEGER PRIMARY KEY,
  alert_id TEXT NOT NULL,
  target_id TEXT NOT NULL REFERENCES alert_targets (id),
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  due_at INTEGER NOT NULL,
  -- Who sends it just now, and until when nobody else does.
  claim TEXT,
  claimed_until INTEGER,
  status INTEGER,
  error TEXT,
  ended_at INTEGER,
  UNIQUE (alert_id, target_id)
) STRICT;
CREATE INDEX alert_deliveries_pending ON alert_deliveries (target_id, sequence) WHERE state = 'pending';

-- One row at most: how far the books were looked through for something to tell, since somebody first listened.
CREATE TABLE alert_cursor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  call INTEGER NOT NULL,
  booked_at INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  looked_at INTEGER NOT NULL
) STRICT;
`;
