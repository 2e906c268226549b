import type { RequestPlan } from "./run-plan.ts";

/** A function from a number to the whole request with that number. Equal numbers below 10^9 give equal requests. */
export function requestBytes(plan: RequestPlan, tag: string): (count: number) => string {
  const { method, path, headers, bearers, body } = plan;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const start = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n${lines.join("")}`;
  const heads = bearers.map((bearer) => `${start}Authorization: Bearer ${bearer}\r\n`);
  const headOf = (count: number) => heads[count % heads.length] ?? start;
  if (body === null) return (count) => `${headOf(count)}\r\n`;
  const [before = "", after = ""] = body.template.split("{reference}");
  const type = `Content-Type: ${body.type}\r\n`;
  return (count) => {
    const key = `${tag}-${String(count).padStart(9, "0")}`;
    const text = before + key + after;
    return `${headOf(count)}${type}Idempotency-Key: ${key}\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  };
}
