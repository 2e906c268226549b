/** C0 and C1 controls, and the marks that reorder text (Unicode TR 36: bidirectional spoofing). */
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text that others chose (agents name themselves), safe to print: control characters, which a terminal would
 * obey, become `?`. `lines: true` keeps line breaks.
 */
export function printable(text: string, options: { readonly lines?: boolean } = {}): string {
  return text.replace(UNSAFE, (character) => (options.lines === true && character === "\n" ? "\n" : "?"));
}
