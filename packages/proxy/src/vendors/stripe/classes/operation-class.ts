/** What a write may do to money, and the notation in which the tables beside this file say it. */

/**
 * - `free`: moves, commits, forgives and hands out nothing.
 * - `priced`: moves money, commits somebody to it, or stops what was on its way.
 * - `gives`: forgives or gives away money that was owed or would have been; counted like money that moves.
 * - `opens`: begins something that will ask for money later; counted by its first figure.
 * - `unpriceable`: no figure can be told, or power or secrets are handed out; refused unless the policy says
 *   what it counts.
 */
export type OperationClass = "free" | "priced" | "gives" | "opens" | "unpriceable";

export interface ClassedOperation {
  /** The name in the generated table: `charges.create`. */
  readonly name: string;
  readonly class: OperationClass;
  /** The rule of its figure (priced, gives, opens) or why it is in its class; empty where that is plain. */
  readonly reason: string;
  /** Free with these parameters alone (top-level names); with any other it is unpriceable. */
  readonly freeParameters?: ReadonlySet<string>;
}

function classed(
  resource: string,
  methods: readonly string[],
  rest: Omit<ClassedOperation, "name">,
): readonly ClassedOperation[] {
  return methods.map((method) => ({ name: `${resource}.${method}`, ...rest }));
}

type Classer<Reason extends unknown[]> = (
  resource: string,
  methods: readonly string[],
  ...reason: Reason
) => readonly ClassedOperation[];

/** Free whatever its parameters. */
export const free: Classer<[reason?: string]> = (resource, methods, reason = "") =>
  classed(resource, methods, { class: "free", reason });

/** Free with these parameters (names separated by blanks) and no others; the reason says what the others do. */
export const freeWith: Classer<[parameters: string, reason: string]> = (
  resource,
  methods,
  parameters,
  reason,
) => classed(resource, methods, { class: "free", reason, freeParameters: new Set(parameters.split(" ")) });

export const priced: Classer<[rule: string]> = (resource, methods, reason) =>
  classed(resource, methods, { class: "priced", reason });

export const gives: Classer<[rule: string]> = (resource, methods, reason) =>
  classed(resource, methods, { class: "gives", reason });

export const opens: Classer<[rule: string]> = (resource, methods, reason) =>
  classed(resource, methods, { class: "opens", reason });

export const unpriceable: Classer<[reason: string]> = (resource, methods, reason) =>
  classed(resource, methods, { class: "unpriceable", reason });
