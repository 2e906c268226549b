import type { Io } from "../io.ts";

export const MORE = "There are more rows; --limit 0 shows all.\n";

/**
 * Writes a list: JSON as `{"data": […]}`, row after row so that any length fits in memory, or what `render`
 * makes of each page. Nothing is written before the first page has come, so a refusal leaves stdout clean.
 */
export async function writeList<T>(
  io: Io,
  list: {
    readonly pages: AsyncIterable<{ readonly data: readonly T[]; readonly more: boolean }>;
    readonly json: boolean;
    readonly render: (rows: readonly T[]) => string;
    /** Said, on stderr, when there are no rows. */
    readonly empty: string;
  },
): Promise<void> {
  let count = 0;
  for await (const { data, more } of list.pages) {
    if (list.json) {
      const start = count === 0 ? '{"data":[' : "";
      const rows = data.map((row, index) => `${count + index === 0 ? "" : ","}\n${JSON.stringify(row)}`);
      await io.stdout.write(`${start}${rows.join("")}`);
    } else if (data.length > 0) await io.stdout.write(list.render(data));
    count += data.length;
    if (more) await io.stderr.write(MORE);
  }
  if (list.json) await io.stdout.write(`${count === 0 ? "" : "\n"}]}\n`);
  else if (count === 0) await io.stderr.write(`${list.empty}\n`);
}
