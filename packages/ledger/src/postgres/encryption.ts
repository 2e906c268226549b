import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { LedgerError } from "../errors.ts";

/*
 * `sslmode` and `sslrootcert` as libpq has them (postgresql.org/docs/current/libpq-ssl.html), with nothing looser.
 */

/** What the client is told: how to encrypt, or not to. */
export type Encryption = ConnectionOptions | "prefer" | false;

const MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"];

/** How connections to an address are encrypted. Throws `argument_invalid`. */
export function encryptionOf({ hostname, searchParams }: URL): Encryption {
  const file = searchParams.get("sslrootcert");
  const mode = searchParams.get("sslmode") ?? (file === null ? "disable" : "verify-full");
  if (!MODES.includes(mode)) {
    throw new LedgerError(
      "argument_invalid",
      `The sslmode of the store's URL is none of ${MODES.join(", ")}.`,
    );
  }
  if (mode === "disable") return false;
  if (file === null && mode === "prefer") return mode;
  if (file === null && mode === "require") return { rejectUnauthorized: false };
  const authorities = file === null || file === "system" ? {} : { ca: readAuthorities(file) };
  const isAnyHost = file !== null && mode !== "verify-full";
  return {
    ...authorities,
    rejectUnauthorized: true,
    // A client of 3.4 names no host that is an address, and "localhost" would be looked for in its certificate.
    ...(isIP(hostname) === 0 ? {} : { host: hostname }),
    ...(isAnyHost ? { checkServerIdentity: () => undefined } : {}),
  };
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new LedgerError("argument_invalid", "The file that sslrootcert names cannot be read.", { cause });
  }
}

/** What is wrong with the server's certificate, by the codes of OpenSSL and Node (nodejs.org/api/tls.html#x509-certificate-error-codes). */
const REASONS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: "it is for another host than the URL names",
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet, by this machine's clock",
  CERT_REVOKED: "it was revoked",
};
const UNKNOWN_AUTHORITY =
  "no authority that is known here has signed it; name the file of its authority in sslrootcert=…, or in NODE_EXTRA_CA_CERTS";
const OF_AUTHORITY = [
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "INVALID_CA",
];

/** As Node says of a server that hangs up at the first word of TLS; its code is that of any other reset. */
const HUNG_UP = "before secure TLS connection was established";

/** Why nothing was sent to the server, from the client's error; null when TLS is not what went wrong. */
export function distrust(code: string, message: string): string | null {
  const reason = REASONS[code] ?? (OF_AUTHORITY.includes(code) ? UNKNOWN_AUTHORITY : null);
  if (reason !== null) return `The certificate of the store's server is not to be trusted: ${reason}.`;
  if (code.startsWith("ERR_SSL_") || code === "EPROTO" || message.includes(HUNG_UP)) {
    return "The store's server does not speak TLS as sslmode asks: it has none, or none of the same versions.";
  }
  return null;
}
