import { WIDTH_DEFAULT } from "./table.ts";

const LABEL_WIDTH = 16;

/** Breaks a text between words into lines of at most `width`; a longer word has a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Labels and values, one below the other, wrapped; entries without a value (null) are left out. */
export function renderFields(
  fields: readonly (readonly [label: string, value: string | null])[],
  width: number = WIDTH_DEFAULT,
): string {
  const lines = fields.flatMap(([label, value]) => {
    if (value === null) return [];
    return wrap(value, width - LABEL_WIDTH).map(
      (text, index) => `${(index === 0 ? label : "").padEnd(LABEL_WIDTH)}${text}`,
    );
  });
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}
