import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/*
 * Certificates, made without any tool outside of Node: X.509 (RFC 5280) in DER, by hand.
 */

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...contents: readonly Buffer[]) => der(0x30, ...contents);
const utcTime = (at: Date) =>
  der(0x17, Buffer.from(`${at.toISOString().replace(/\D/g, "").slice(2, 14)}Z`, "ascii"));

const OIDS = {
  commonName: "0603550403",
  subjectAltName: "0603551d11",
  basicConstraints: "0603551d13",
  /** ecdsa-with-SHA256. */
  signature: "06082a8648ce3d040302",
} as const;
const oid = (name: keyof typeof OIDS) => Buffer.from(OIDS[name], "hex");

const DAY_MS = 86_400_000;

interface Subject {
  readonly name: string;
  readonly expiresInDays: number;
  /** In DER, with their names. */
  readonly extensions: readonly Buffer[];
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Whoever signs; null: the certificate itself. */
interface Issuer {
  readonly name: Buffer;
  readonly key: KeyObject;
}

const named = (text: string) =>
  sequence(der(0x31, sequence(oid("commonName"), der(0x0c, Buffer.from(text)))));
const extension = (name: keyof typeof OIDS, value: Buffer) => sequence(oid(name), der(0x04, value));
const forIp = (ip: readonly number[]) => extension("subjectAltName", sequence(der(0x87, Buffer.from(ip))));
const forHost = (host: string) => extension("subjectAltName", sequence(der(0x82, Buffer.from(host))));
const IS_AUTHORITY = extension("basicConstraints", sequence(der(0x01, Buffer.from([0xff]))));

function certify(subject: Subject, issuer: Issuer | null): { certificate: Certificate; issuer: Issuer } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid("signature"));
  const own = { name: named(subject.name), key: privateKey };
  const until = new Date(Date.now() + subject.expiresInDays * DAY_MS);
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    (issuer ?? own).name,
    sequence(utcTime(new Date(until.getTime() - 10 * DAY_MS)), utcTime(until)),
    own.name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...subject.extensions)),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, (issuer ?? own).key));
  const base64 = sequence(body, algorithm, signature).toString("base64");
  const certificate = {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join("\n")}\n-----END CERTIFICATE-----\n`,
  };
  return { certificate, issuer: own };
}

/** One that nobody trusts, for 127.0.0.1, or for another address; valid today, or until `expiresInDays` ago. */
export function selfSigned(
  options: { readonly ip?: readonly number[]; readonly expiresInDays?: number } = {},
): Certificate {
  const { ip = [127, 0, 0, 1], expiresInDays = 1 } = options;
  return certify({ name: "keybrake test", expiresInDays, extensions: [forIp(ip)] }, null).certificate;
}

/** An authority that whoever has its certificate trusts. */
export function createAuthority(): {
  readonly cert: string;
  readonly certify: (host: string | readonly number[], expiresInDays?: number) => Certificate;
} {
  const root = { name: "keybrake test authority", expiresInDays: 1, extensions: [IS_AUTHORITY] };
  const { certificate, issuer } = certify(root, null);
  return {
    cert: certificate.cert,
    certify: (host, expiresInDays = 1) => {
      const extensions = [typeof host === "string" ? forHost(host) : forIp(host)];
      return certify({ name: "keybrake test server", expiresInDays, extensions }, issuer).certificate;
    },
  };
}
