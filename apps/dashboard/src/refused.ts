/** What the proxy said instead of an answer. */
export class Refused extends Error {
  readonly code: string;
  /** The field that it is about, when it is about one. */
  readonly param: string | null;

  constructor(code: string, message: string, param: string | null = null) {
    super(message);
    this.name = "Refused";
    this.code = code;
    this.param = param;
  }
}
