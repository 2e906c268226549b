import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether an Authorization header bears one of these keys. They are compared as digests: equal length, and no early exit
 * that tells how much of a guess was right.
 */
export function bearerCheck(keys: readonly string[]): (authorization: string | undefined) => boolean {
  const expected = keys.map(digest);
  return (authorization = "") => {
    const given = digest(/^Bearer (.+)$/i.exec(authorization)?.[1] ?? "");
    let isOne = false;
    for (const key of expected) isOne = timingSafeEqual(given, key) || isOne;
    return isOne;
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
