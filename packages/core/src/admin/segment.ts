import { KeybrakeError } from "../errors.ts";
import { percentEncode } from "../text.ts";

/** An id or a name as one path segment. Throws `invalid_options` for what would be another path. */
export function segment(text: string): string {
  if (text !== "" && text !== "." && text !== "..") return percentEncode(text);
  throw new KeybrakeError({ code: "invalid_options", message: "This is not an id or a name." });
}
