/** A budget's rolling window in milliseconds where nobody asks for another: 24 h. */
export const DAILY_WINDOW_MS = 24 * 60 * 60 * 1000;

/**
 * How far the last entry of the books may be ahead of the machine's clock when a store is opened: clocks are
 * corrected by seconds. More would also make what is to be sent again look younger than it is by as much, and a
 * vendor forgets an Idempotency-Key after a day; callers leave an hour for that.
 */
export const CLOCK_BEHIND_MAX_MS = 60 * 60 * 1000;

/** How far it may be behind: a long weekend. A clock that is wrong by more would empty every window of less. */
export const CLOCK_AHEAD_MAX_MS = 4 * 24 * 60 * 60 * 1000;

/** The window of `ratePerMinute`. */
export const RATE_WINDOW_MS = 60_000;

/**
 * The shortest time that rows are kept for: longer than vendors remember an Idempotency-Key (a day), than the reconciler
 * compares, and than clocks differ.
 */
export const KEEP_MIN_MS = 2 * 24 * 60 * 60 * 1000;

/** Most rows that one step of removing looks at: a few milliseconds in which nothing else is written. */
export const PRUNE_ROWS_MAX = 250;

/** Most rows that one page may hold: what a page costs stays in the low milliseconds. */
export const PAGE_LIMIT_MAX = 1000;

/**
 * Most operations that share one transaction. One turn of the event loop seldom gathers more; the bound
 * keeps a single commit, which may block the thread, in the low tens of milliseconds.
 */
export const BATCH_OPERATIONS_MAX = 512;

/** Most shared budgets that one key is charged to. Each is read, locked and written with every hold. */
export const BUDGETS_PER_KEY_MAX = 8;

/** Most budgets in a line from a budget up to its last ancestor, itself counted: as above, for every hold. */
export const BUDGET_DEPTH_MAX = 5;

/** Most keys in a line from an issued key down to the last that was made of it, itself not counted. */
export const DELEGATION_DEPTH_MAX = 3;

/** Most keys that come of one, in its life: a revocation loads them all. */
export const DELEGATED_KEYS_MAX = 1000;

/** Most stops that stand at once: each is looked at with every call while it does. */
export const STOPS_MAX = 100;

/** Most keys that a stop names, the newest that its agent has used. */
export const STOPPED_KEYS_MAX = 1000;

/**
 * Most acts of one key that wait for a person's answer: more is no inbox that anybody reads. Each is loaded with every
 * call of the key that a person may have to be asked about.
 */
export const APPROVALS_PENDING_MAX = 20;

/** Rows that one step adds up of what was spent, in which nothing else is written: some milliseconds. */
export const SPEND_STEP_ROWS = 500;

/** Rows that no step has added up yet, and that are read one by one all the same, so that what is shown is new. */
export const SPEND_TAIL_ROWS = 2_000;

/** How long hours are kept of what was spent, and days: spans of more hours than two days are shown by day. */
export const SPEND_HOURS_KEPT = 72;
export const SPEND_DAYS_KEPT = 400;

/** Most labels of a key: each is a row of its own with every call, so that calls can be found by it. */
export const LABELS_MAX = 16;

/**
 * Most keys whose fixed parts (policy, labels) are kept in memory, parsed: about 2 KiB each. A key that has
 * left is read and parsed again.
 */
export const VAULT_KEYS_CACHED_MAX = 10_000;
