/** The run, the conversation or both of which every call of a key must say that it is, in its headers. */
export interface BindInput {
  readonly run_id?: string | undefined;
  readonly conversation_id?: string | undefined;
}

/** How many keys may come of a key in its life (1 to 1000; default 100), and how far below it (1 to 3; default 1). */
export interface MayDelegateInput {
  readonly keys?: number | undefined;
  readonly depth?: number | undefined;
}
