/** What one check found. */
export interface CheckResult {
  /** What it is about: the proxy, or the variable that holds a key. */
  readonly group: string;
  readonly name: string;
  readonly result: "passed" | "failed" | "skipped";
  /** Why it failed, or was skipped; null when it passed. Holds no key. */
  readonly detail: string | null;
  readonly seconds: number;
}

/** What is wrong; null when all is well. */
export type Finding = string | null;

/** `fetch` says why in `cause` alone. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  const { cause } = error;
  return cause instanceof Error && "code" in cause
    ? `${error.message}: ${String(cause.code)}`
    : error.message;
}

/** Takes one group's checks, one after the other, and remembers what each found. */
export class Group {
  readonly results: CheckResult[] = [];
  readonly #name: string;
  readonly #clock: () => number;

  constructor(name: string, clock: () => number) {
    this.#name = name;
    this.#clock = clock;
  }

  /** True when it passed. What throws has failed: a suite must not end with its first surprise. */
  async check(name: string, look: () => Promise<Finding> | Finding): Promise<boolean> {
    const begunAt = this.#clock();
    let detail: Finding;
    try {
      detail = await look();
    } catch (error) {
      detail = messageOf(error);
    }
    const seconds = (this.#clock() - begunAt) / 1000;
    const result = detail === null ? "passed" : "failed";
    this.results.push({ group: this.#name, name, result, detail, seconds });
    return detail === null;
  }

  skip(name: string, detail: string): void {
    this.results.push({ group: this.#name, name, result: "skipped", detail, seconds: 0 });
  }
}
