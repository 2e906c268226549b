/** Parameters and answers of a declared vendor: JSON, or a form read into it. */

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands at `usage.output_tokens` or `errors.0.code`; undefined where nothing does. */
export function valueAt(fields: unknown, path: string): unknown {
  let value: unknown = fields;
  for (const name of path.split(".")) {
    if (Array.isArray(value) && name === "0") value = value[0];
    else if (isFields(value) && Object.hasOwn(value, name)) value = value[name];
    else return undefined;
  }
  return value;
}

/** The text or number at a path, as text; null for anything else. */
export function textAt(fields: unknown, path: string): string | null {
  const value = valueAt(fields, path);
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

/** An object with a value at a path, and nothing else. */
export function nest(path: string, value: unknown): Fields {
  const outwards = path.split(".").toReversed();
  return outwards.reduce<unknown>(
    (inner, name) => (name === "0" ? [inner] : { [name]: inner }),
    value,
  ) as Fields;
}

/** Two objects as one, also where both have one. */
export function merge(left: Fields, right: Fields): Fields {
  const merged: Record<string, unknown> = { ...left };
  for (const [name, value] of Object.entries(right)) merged[name] = both(merged[name], value);
  return merged;
}

function both(left: unknown, right: unknown): unknown {
  if (isFields(left) && isFields(right)) return merge(left, right);
  return Array.isArray(left) && Array.isArray(right) ? [both(left[0], right[0])] : right;
}

/** The JSON object that a text is; null when it is anything else. */
export function parseFields(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
}
