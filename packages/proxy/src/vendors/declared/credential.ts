import { hash } from "node:crypto";
import { redactSecrets } from "@keybrake/core";
import { ProxyError } from "../../proxy-error.ts";
import type { CredentialKind } from "../vendor.ts";
import type { Description } from "./description.ts";

/** What a declared vendor's keys look like. Made of beginnings and lengths alone: a pattern of its own could take for ever. */
export interface Credentials {
  /** Keys in a text made unreadable: in time linear in its length. */
  redact(text: string): string;
  isOwn(text: string): boolean;
  read(credential: string): CredentialKind;
  headers(credential: string): Readonly<Record<string, string>>;
}

const LEAST = 8;

export function createCredentials({
  authentication,
  credential: described,
  title,
}: Description): Credentials {
  const { live, test, hex } = described;
  // Not within a word: `before_engagement` holds no key that begins with `re_`.
  const begun = [...live, ...test].map((begin) => `(?<![\\w-])${literally(begin)}[\\w.-]{${LEAST},}`);
  const digits = hex.map((length) => `\\b[0-9a-fA-F]{${length}}\\b`);
  const shapes = [...begun, ...digits];
  const anywhere = shapes.length === 0 ? null : new RegExp(shapes.join("|"), "g");
  const whole = shapes.length === 0 ? null : new RegExp(`^(?:${shapes.join("|")})$`);
  return {
    redact: (text) => {
      const own = redactSecrets(text);
      return anywhere === null ? own : own.replaceAll(anywhere, "[redacted]");
    },
    isOwn: (text) => whole?.test(text) === true,
    read(credential) {
      const isTest = test.some((begin) => secretOf(credential).startsWith(begin));
      const isLive = live.some((begin) => secretOf(credential).startsWith(begin));
      const hasForm = live.length + test.length === 0 || isTest || isLive;
      const isBasic = authentication.kind !== "basic" || /^[^:]+:.+$/.test(credential);
      if (!hasForm || !isBasic || !/^[\x21-\x7e]{8,512}$/.test(credential)) {
        const form = isBasic ? `a key of ${title}'s` : "user:password";
        throw new ProxyError(
          "credential_invalid",
          `${described.environment} must hold ${form}, as its description has them.`,
        );
      }
      // What is not said to be for tests is taken for real.
      return {
        mode: isTest ? "test" : "live",
        owner: hash("sha256", credential).slice(0, 32),
        warning: null,
      };
    },
    headers(credential) {
      if (authentication.kind === "header") return { [authentication.name]: credential };
      if (authentication.kind === "bearer") return { authorization: `Bearer ${credential}` };
      return { authorization: `Basic ${Buffer.from(credential).toString("base64")}` };
    },
  };

  function secretOf(credential: string): string {
    return authentication.kind === "basic" ? credential.slice(credential.indexOf(":") + 1) : credential;
  }
}

function literally(text: string): string {
  return text.replaceAll(/[^\w]/g, "\\$&");
}
