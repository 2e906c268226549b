import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/*
 * A certificate that nobody trusts, made without any tool outside of Node: X.509 (RFC 5280) in DER, by hand.
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
  /** ecdsa-with-SHA256. */
  signature: "06082a8648ce3d040302",
} as const;
const oid = (name: keyof typeof OIDS) => Buffer.from(OIDS[name], "hex");

const DAY_MS = 86_400_000;

/** For 127.0.0.1, or for another address; valid today, or until `expiresInDays` ago. */
export function selfSigned(
  options: { readonly ip?: readonly number[]; readonly expiresInDays?: number } = {},
): {
  readonly key: string;
  readonly cert: string;
} {
  const { ip = [127, 0, 0, 1], expiresInDays = 1 } = options;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid("signature"));
  const name = sequence(der(0x31, sequence(oid("commonName"), der(0x0c, Buffer.from("keybrake test")))));
  const until = new Date(Date.now() + expiresInDays * DAY_MS);
  const names = der(0x04, sequence(der(0x87, Buffer.from(ip))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(utcTime(new Date(until.getTime() - 10 * DAY_MS)), utcTime(until)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(sequence(oid("subjectAltName"), names))),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, privateKey));
  const certificate = sequence(body, algorithm, signature).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
  };
}
