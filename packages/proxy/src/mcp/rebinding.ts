import type { IncomingMessage } from "node:http";

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The host's name as URLs write it, without the port; null when it is not one. */
function hostName(host: string): string | null {
  if (!/^[a-z0-9._-]+(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/i.test(host)) return null;
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : null;
}

/** As `hostName`, for an address without brackets too. */
export function normaliseHost(host: string): string {
  const bracketed = host.includes(":") && /^[0-9a-f:.]+$/i.test(host) ? `[${host}]` : host;
  return hostName(bracketed) ?? host.toLowerCase();
}

/** The address that the connection came in on: naming it is no rebinding, since nobody's DNS is asked. */
function localName(request: IncomingMessage): string | null {
  const address = request.socket.localAddress?.replace(/^::ffff:(?=\d)/, "");
  return address === undefined ? null : normaliseHost(address);
}

function originName(origin: string): string | null {
  const match = /^https?:\/\/([^/]+)$/i.exec(origin);
  return match?.[1] === undefined ? null : hostName(match[1]);
}

/**
 * DNS rebinding: a web page whose own name is made to point at this machine is let through by the browser's
 * same-origin rule, but it still sends its name as Host and Origin. Names the header that is not ours; null
 * when all is well. (MCP specification, transports, security warning.)
 */
export function foreignHeader(
  request: IncomingMessage,
  allowedHosts: ReadonlySet<string>,
): "host" | "origin" | null {
  const ours = (name: string | null) =>
    name !== null && (LOOPBACK.test(name) || allowedHosts.has(name) || name === localName(request));
  const { host = "", origin } = request.headers;
  if (!ours(hostName(host))) return "host";
  return origin === undefined || ours(originName(origin)) ? null : "origin";
}
