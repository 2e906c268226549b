import { isRecord } from "../text.ts";

/** Why a request got no answer, for people. */
export interface ConnectionFailure {
  /** Null when the request may have been carried out; otherwise how certain it is that it was not. */
  readonly certainly: "nothing was sent" | "nothing was carried out" | null;
  /** The cause in words, with its code where there is one. */
  readonly why: string;
  /** What a person can do about it; empty when nothing is known to help. */
  readonly remedy: string;
}

interface Cause {
  readonly codes: readonly string[];
  readonly why: string;
  readonly remedy: string;
}

/**
 * Failures while a connection is made, by Node's, OpenSSL's and undici's names: not one byte of the request has left.
 * Only what is certain stands here; everything else is an unknown outcome. In undici the request is written after the
 * TLS handshake and the check of the certificate; OpenSSL's WRONG_VERSION_NUMBER comes from what answers the handshake
 * in something other than TLS (measured: the same garbage within an established connection does not give it).
 */
const BEFORE_SENDING: readonly Cause[] = [
  {
    codes: ["ECONNREFUSED"],
    why: "nothing listens there",
    remedy: "start the proxy, or correct the address.",
  },
  {
    codes: ["ENOTFOUND", "EAI_AGAIN"],
    why: "the name has no address",
    remedy: "correct the address, or look after the name's DNS.",
  },
  {
    codes: ["ENETUNREACH", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"],
    why: "no connection could be made",
    remedy: "look after the network between here and there, or correct the address.",
  },
  {
    codes: [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "CERT_UNTRUSTED",
    ],
    why: "its certificate is not trusted here",
    remedy: "let this program trust it (NODE_EXTRA_CA_CERTS), or give the server one that it trusts.",
  },
  {
    codes: ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"],
    why: "its certificate is not valid at this time",
    remedy: "renew the certificate, or set the clock.",
  },
  {
    codes: ["ERR_TLS_CERT_ALTNAME_INVALID", "HOSTNAME_MISMATCH"],
    why: "its certificate is for another name",
    remedy: "use the name that the certificate has.",
  },
  {
    codes: ["ERR_SSL_WRONG_VERSION_NUMBER"],
    why: "what listens there does not speak TLS",
    remedy: "begin the address with http://, or give the port that speaks TLS.",
  },
];

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function beforeSending(cause: Readonly<Record<string, unknown>>): ConnectionFailure | null {
  const code = textOf(cause.code);
  const known = BEFORE_SENDING.find(({ codes }) => codes.includes(code));
  if (known !== undefined) {
    return { certainly: "nothing was sent", why: `${known.why} (${code})`, remedy: known.remedy };
  }
  // fetch's own refusal of ports that belong to other protocols (fetch.spec.whatwg.org#port-blocking).
  if (cause.message !== "bad port") return null;
  const why = "fetch refuses this port, which belongs to another protocol";
  return { certainly: "nothing was sent", why, remedy: "let the proxy listen on another port." };
}

/** A TLS alert in answer to plain HTTP (RFC 8446, section 5.1): whoever sends that cannot have read the request. */
function refusedByTls(cause: Readonly<Record<string, unknown>>): ConnectionFailure | null {
  if (!textOf(cause.data).startsWith("\u0015\u0003")) return null;
  const why = "what listens there speaks TLS";
  return { certainly: "nothing was carried out", why, remedy: "begin the address with https://." };
}

function connectionLost(cause: Readonly<Record<string, unknown>>): ConnectionFailure {
  const code = textOf(cause.code);
  const unread = isRecord(cause.socket) && cause.socket.bytesRead === 0;
  return {
    certainly: null,
    why: `the connection was lost${code === "" ? "" : ` (${code})`}`,
    remedy: unread ? "if the port expects TLS, begin the address with https://." : "",
  };
}

/** Reads what `fetch` threw: it hides the reason in `cause`, an AggregateError where a name has several addresses. */
export function readConnectionFailure(error: unknown): ConnectionFailure {
  const { cause } = (isRecord(error) ? error : {}) as { readonly cause?: unknown };
  if (!isRecord(cause)) return connectionLost({});
  if (Array.isArray(cause.errors) && cause.errors.length > 0) {
    const addresses = cause.errors.map((inner) => (isRecord(inner) ? beforeSending(inner) : null));
    return addresses.includes(null) ? connectionLost(cause) : (addresses[0] ?? connectionLost(cause));
  }
  return beforeSending(cause) ?? refusedByTls(cause) ?? connectionLost(cause);
}

/** The failure of the last try as a sentence for people and models. `maybeReached`: some try may have been executed. */
export function connectionWords(
  result: { readonly failure: ConnectionFailure; readonly maybeReached: boolean },
  proxyUrl: string,
): string {
  const { certainly, why, remedy } = result.failure;
  const what =
    certainly === null || result.maybeReached
      ? `No answer came from the proxy at ${proxyUrl} because ${why}.`
      : `The proxy at ${proxyUrl} cannot be reached, and ${certainly}: ${why}.`;
  return remedy === "" ? what : `${what} For a person: ${remedy}`;
}
