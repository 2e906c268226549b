/** What it takes to remove old rows. */
export const MIGRATION_0002 = {
  version: 2,
  name: "retention",
  sql: `
-- One row: up to which row of calls has been looked for what need not be kept.
CREATE TABLE retention (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  passed INTEGER NOT NULL CHECK (passed >= 0)
) STRICT;
INSERT INTO retention VALUES (1, 0);

-- As before, but for the reference to calls: with it all labels would be looked through for each row that goes.
CREATE TABLE call_labels_kept (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  call INTEGER NOT NULL,
  PRIMARY KEY (name, value, call)
) STRICT, WITHOUT ROWID;
INSERT INTO call_labels_kept SELECT name, value, call FROM call_labels;
DROP TABLE call_labels;
ALTER TABLE call_labels_kept RENAME TO call_labels;
`,
} as const;
