/** Of the first schema: what was spent over time, added up for whoever looks (`../../spend`). */
export const SPEND_TABLES = `
-- One row, since somebody first looked: the last call that was added, and during a step the last that will be.
CREATE TABLE spend_cursor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  call INTEGER NOT NULL,
  next INTEGER NOT NULL
) STRICT;
-- Calls before it whose end was not known when they were passed.
CREATE TABLE spend_open (call INTEGER PRIMARY KEY) STRICT;
CREATE TABLE spend_sums (
  -- How long a bin is: an hour or a day, in milliseconds.
  grain INTEGER NOT NULL,
  dimension TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  -- Empty for calls that name none.
  name TEXT NOT NULL,
  moved_micros INTEGER NOT NULL CHECK (moved_micros >= 0),
  posted INTEGER NOT NULL,
  denied INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY (grain, dimension, starts_at, name)
) STRICT, WITHOUT ROWID;
`;
