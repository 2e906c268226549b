/** A part of the first schema. */
export const APPROVALS = `-- What people were asked about single acts. A card stands in the order of the rows of calls: it is the row's that asked.
CREATE TABLE approvals (
  sequence bigint PRIMARY KEY,
  approval_id text NOT NULL UNIQUE,
  vault_key_id text NOT NULL REFERENCES vault_keys (id),
  asked_at bigint NOT NULL CHECK (asked_at >= 0),
  -- JSON of what never changes; the arguments in it are sealed by whoever asks.
  asked text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'used')),
  ends_at bigint NOT NULL CHECK (ends_at >= 0),
  decided_at bigint,
  decided_by text,
  decided_reason text,
  -- The call that was admitted by it: no other is.
  used_by text,
  CHECK ((state = 'pending') = (decided_at IS NULL)),
  CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
  CHECK ((state = 'used') = (used_by IS NOT NULL))
);
CREATE INDEX approvals_live ON approvals (vault_key_id, ends_at) WHERE state <> 'used';
-- For their removal.
CREATE INDEX approvals_end ON approvals (ends_at);
`;
