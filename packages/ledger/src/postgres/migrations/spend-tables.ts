/** Of the first schema: what was spent over time, added up for whoever looks (`../../spend`). */
export const SPEND_TABLES = `
-- One row, since somebody first looked: the last call that was added, and during a step the last that will be.
CREATE TABLE spend_cursor (
  id integer PRIMARY KEY CHECK (id = 1),
  call bigint NOT NULL,
  next bigint NOT NULL
);
-- Calls before it whose end was not known when they were passed.
CREATE TABLE spend_open (call bigint PRIMARY KEY);
CREATE TABLE spend_sums (
  -- How long a bin is: an hour or a day, in milliseconds.
  grain bigint NOT NULL,
  dimension text NOT NULL,
  starts_at bigint NOT NULL,
  -- Empty for calls that name none.
  name text NOT NULL,
  moved_micros bigint NOT NULL CHECK (moved_micros >= 0),
  posted bigint NOT NULL,
  denied bigint NOT NULL,
  calls bigint NOT NULL,
  PRIMARY KEY (grain, dimension, starts_at, name)
);
`;
