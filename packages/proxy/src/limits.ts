/**
 * Every limit of the proxy, in one place, with the reason for its size. A request beyond a limit is refused
 * with a code and changes nothing.
 */
export const LIMITS = {
  /** Stripe's own requests are a few KiB; JSON with the largest metadata (50 × 500) stays under 64 KiB. */
  bodyBytes: 256 * 1024,
  /** Node's default; a vault key, an Idempotency-Key and agent headers need less than 2 KiB. */
  headerBytes: 16 * 1024,
  /** The longest of Stripe's templates with ids filled in is under 300 characters. */
  pathLength: 1024,
  /** A list's query with every filter and twenty expansions. */
  queryLength: 8192,
  /** Of a path that resolves to nothing, in its audit row. */
  auditPathLength: 200,
  /** An answer that is larger cannot be a Stripe API object; a list of 100 expanded charges is about 1 MiB. */
  upstreamBodyBytes: 16 * 1024 * 1024,
  /** Stripe accepts up to 255 characters (docs.stripe.com/api/idempotent_requests). */
  idempotencyKeyLength: 255,
  /** X-Agent-Run-Id, X-Agent-Name, X-Agent-Conversation-Id, X-Agent-Turn, X-Agent-Act, traceparent. */
  agentHeaderLength: 200,
  /** Calls being worked on at once; beyond it the proxy answers 503 rather than queue without bound. */
  callsInFlight: 4096,
  /**
   * Of one vault key, from its headers to its answer, so that a client that never finishes its requests takes no
   * room from others. Four times the sockets that one key may have: more at once would only wait for one.
   */
  callsInFlightPerKey: 512,
  /** How long a call that repeats another waits for it. The Stripe SDKs give up after 80 s. */
  inFlightWaitMs: 70_000,
  /** How often a waiter looks at the store when the other call runs in another process. */
  inFlightPollMs: 100,
  /** An equal call waits this long for the first one's answer to reach its caller, and then takes it for lost. */
  deliveryMs: 5_000,
  /** Declined attempts whose Idempotency-Key came from the caller, so that the next one is sent under another. */
  declinedKeys: 10_000,
  /** One upstream request as a whole; after that its outcome counts as unknown. Less than the wait above. */
  upstreamTimeoutMs: 60_000,
  /**
   * How long a connection that is idle is kept. Longer than load balancers and clients keep theirs (60 s, as a rule), so
   * that it is they who close it: a request may meet a connection that is just being closed, and nobody can tell then
   * whether it was heard.
   */
  keepAliveMs: 75_000,
  /** Connecting is quick or never; nothing was sent when it fails. */
  upstreamConnectTimeoutMs: 10_000,
  /** Sockets to the upstream, shared between the vault keys. */
  upstreamConnections: 256,
  /** Of `upstreamTimeoutMs`, what a call may wait for a socket; nothing was sent when none came. */
  upstreamQueueMs: 30_000,
  /** Look-ups to price one call: a refund needs one, a checkout one for each of its at most 20 items. */
  pricingLookups: 20,
  /**
   * A vendor that has forgotten an Idempotency-Key executes it anew. An unknown outcome is sent again only until
   * this long before that: clocks differ. After that only the vendor's records can settle it.
   */
  resendMarginMs: 60 * 60 * 1000,
  /**
   * Refusals of one vault key in a minute, each with its row; after that its calls are refused before they are looked
   * at, and share a row. Ten times a second is no person, and no program that hears what it is told.
   */
  refusalsPerMinute: 600,
  /** Look-ups for the calls of one vault key in a minute: a quarter of what Stripe allows an account (100 a second). */
  lookUpsPerMinute: 1_500,
  /** Requests without a valid key, per remote address and minute, before they are answered 429. */
  unauthenticatedPerMinute: 60,
  /** Remote addresses remembered for that; the oldest are forgotten first. */
  unauthenticatedAddresses: 10_000,
  /** How often what nobody knows is looked up, on average. */
  reconcileEveryMs: 60_000,
  /** Look-ups of the reconciler in any such time, so that it takes no sockets and no rate from calls. */
  reconcileLookUps: 100,
  /** Pages of a list that are read for one call: 2,000 of Stripe's objects. */
  reconcilePages: 20,
  /**
   * What a vendor shows nowhere this long after it was sent did not happen: lists lag by up to two minutes, and a
   * request that was given up may still have been on its way (`upstreamTimeoutMs`).
   */
  absentAfterMs: 10 * 60 * 1000,
  /**
   * A list is asked for from this long before the call on, by the vendor's clock as it was then; when the clocks differ
   * by more now, absence proves nothing.
   */
  clockDifferenceMs: 60 * 60 * 1000,
  /** Posted rows that are compared with the vendor's objects each day. */
  comparedPerDay: 50,
  /** A store that fails to note an outcome is asked again this often before the answer says so. */
  settleAttempts: 3,
  /** After that it is asked in the background, first after this long, then ever more seldom. */
  settleRetryMs: 250,
  settleRetryMsMax: 5_000,
  /** Cards that a start tells of, should the process before have ended before it did: their marks say which. */
  approvalsToldAgain: 200,
  /** Of one parameter in an alert; the card has it whole. */
  approvalWordsLength: 200,
  /** Slack's own advice: a request that was signed longer ago may be somebody's copy of one. */
  slackSignatureMs: 5 * 60 * 1000,
  /** MCP sessions at once. Each holds a handful of small objects, and perhaps one open stream. */
  mcpSessions: 1000,
  /** Of one vault key, so that a client that never ends its sessions takes no room from others. */
  mcpSessionsPerKey: 64,
  /** A session without a request running or a stream open ends after this; its client starts another. */
  mcpSessionIdleMs: 60 * 60 * 1000,
  /** A client sends its headers in one piece; Node closes connections that take longer (`headersTimeout`). */
  headersMs: 20_000,
  /** The largest body in this time is 26 KB/s; what comes more slowly holds a place that others could use. */
  bodyMs: 10_000,
  /** Of what has no deadline of its own (/admin), Node's `requestTimeout`. More than headers and body together. */
  requestMs: 60_000,
  /** How often Node looks for connections past the two timeouts above; each may take this much longer. */
  timeoutCheckMs: 5_000,
  /** A key that was looked up this long ago, because its body came slowly, is looked up again. */
  keyFreshMs: 1_000,
  /**
   * An answer to a request that is still being sent needs some round trips to be read; closed at once, the
   * connection would be reset, and the answer lost with it (RFC 9112, section 9.6).
   */
  lingerMs: 2_000,
  /** How often the time is noted in the books of a proxy that nobody calls, so that a start knows how long it was off. */
  clockNotedMs: 60 * 60 * 1000,
  /** How often what is older than `keepDays` is removed, and how long calls have the store between two steps of it. */
  pruneEveryMs: 60 * 60 * 1000,
  pruneStepPauseMs: 50,
  /** Drain at shutdown, unless told: calls still running after this are cut off (their holds stay). */
  drainMs: 75_000,
  /** Each look at whether the store can be written is a durable write, and anybody may ask /readyz. */
  readyGapMs: 100,
  /** As often the books are read for /metrics, which anybody may ask for too. */
  figuresGapMs: 250,
  /** Budgets whose names metrics show, of the first so many by name: a label's values must stay few. */
  budgetsShown: 100,
  budgetsLookedAt: 1000,
  /** Groups that a look at what was spent tells apart: more colours nobody tells apart either. */
  spendGroups: 8,
  /** How long calls have the store between two steps of adding up what was spent. */
  spendPauseMs: 20,
  /** A session of the dashboard by admin key: a working day. It is kept nowhere: it ends before that with its key alone. */
  sessionMs: 8 * 60 * 60 * 1000,
  /** One of a person whom the OpenID issuer named: after that it is asked anew who they are, and in which groups. */
  personSessionMs: 60 * 60 * 1000,
  /** How long a person may take at the issuer: a password, a second factor. */
  signInMs: 10 * 60 * 1000,
  /** One request to the issuer. */
  issuerMs: 10_000,
  /** How long what an issuer says of itself is believed. Its keys are looked up anew when a token names another. */
  issuerKnownMs: 60 * 60 * 1000,
  sessionBodyLength: 1024,
  /** Who is told of alerts, at most: each has one socket, and a row for each alert. */
  alertTargets: 20,
  alertUrlLength: 2000,
  /** Of each target and state; the oldest go. A receiver that is dead for days costs no more than this. */
  alertDeliveriesKept: 500,
  /** How soon after something was written the books are looked through, and how often when nothing was. */
  alertLookMs: 250,
  alertIdleLookMs: 30_000,
  /** Rows that one look sees, and how long calls have the store before the next: a few milliseconds of one core. */
  alertRowsSeen: 1_000,
  alertLookPauseMs: 25,
  /** Troubled calls and revoked keys that one look tells of; the next one tells of the others. */
  alertTroublesSeen: 200,
  /** Names and ids that one alert shows; its figures count all. */
  alertNamesShown: 10,
  /** What a budget's use is told at, in percent of its cap. */
  alertPercents: [50, 80, 100],
  /** So many refusals, or repeats, of one key in such a time are a burst: a program that does not hear what it is told. */
  alertBurstMs: 60_000,
  alertRefusals: 10,
  alertRepeats: 20,
  /** A burst that goes on is told again after this. */
  alertBurstQuietMs: 15 * 60_000,
  /** Of one key at most once in this time: what comes meanwhile is told together. */
  alertQuietMs: 60_000,
  /** What is found by its time is looked for from so long before the last look: replicas' clocks differ. */
  alertOverlapMs: 60 * 60_000,
  /** How often it is written down how far the books were looked through. */
  alertCursorMs: 10_000,
  /** What is known to have been told is not asked of the store again; a hundred bytes each. */
  alertMarksRemembered: 10_000,
  /** One delivery as a whole: the Standard Webhooks specification asks for 15 to 30 s at the most. */
  alertSendMs: 10_000,
  alertConnectMs: 5_000,
  /** Of what a receiver answers: nobody reads it. */
  alertAnswerBytes: 16 * 1024,
  /** A receiver that has failed is sent nothing for so long: what waits for it is not tried row by row at once. */
  alertRestMs: 4_000,
  /** Whoever sends a delivery has it for so long; after that it died, and another one sends it. */
  alertClaimMs: 30_000,
  /** Of `keybrake.yaml`: one role's list of 10,000 customers is 200 KB. */
  configBytes: 256 * 1024,
  /** `alerts.targets.<name>.types.0` is five deep; a role's policy nests as deep. */
  configDepth: 10,
  /** Problems of it that are told at once: who has more begins with the first. */
  configProblems: 20,
} as const;

if (LIMITS.upstreamTimeoutMs >= LIMITS.inFlightWaitMs) {
  throw new Error("limits: a waiter must outlast the upstream timeout of the call that it waits for");
}
if (LIMITS.upstreamTimeoutMs * 2 >= LIMITS.absentAfterMs) {
  throw new Error("limits: a request may still be on its way when its absence is believed");
}
if (LIMITS.upstreamQueueMs >= LIMITS.upstreamTimeoutMs) {
  throw new Error("limits: a call that waited for a socket must have time left for its answer");
}
if (LIMITS.alertSendMs * 2 >= LIMITS.alertClaimMs) {
  throw new Error("limits: a delivery that is being sent would be sent by another replica, too");
}
if (LIMITS.headersMs + LIMITS.bodyMs >= LIMITS.requestMs) {
  throw new Error("limits: Node would cut off a slow body before it is refused with a row");
}
