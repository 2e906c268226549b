import type { IncomingMessage } from "node:http";

/** What a script of the dashboard's pages sends, and no form or link of another site can without being asked first. */
const OWN_HEADER = "x-keybrake-dashboard";

/** Whether the request can have come from a page of this very origin alone, or from a person who typed its address. */
export function isOwn({ method = "GET", headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  return method === "GET" || headers[OWN_HEADER] !== undefined;
}

/** As the browser sees it: a terminator in front says so. */
export function isSecure({ headers }: IncomingMessage): boolean {
  return headers["x-forwarded-proto"] === "https";
}
