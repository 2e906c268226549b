import { createHmac, createSecretKey } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AdminBook } from "@keybrake/ledger";
import type { Logger } from "pino";
import type { Admin } from "../../admin/who.ts";
import { deadlineTime, type Environment } from "../../environment.ts";
import { escaped, HTML_HEADERS, htmlPage } from "../../html.ts";
import { makeActionId } from "../../identifiers.ts";
import { LIMITS } from "../../limits.ts";
import { isOwn } from "../own.ts";
import { createSealedCookie, type SealedCookie } from "../sealed-cookie.ts";
import type { Sessions } from "../session.ts";
import { createIssuer, type Issuer, type SignInSecrets } from "./issuer.ts";
import { checkOidc, type OidcOptions } from "./options.ts";
import { adminIdOf, type Claims, createPeople, nameOf, type People, type Person } from "./person.ts";

/** The way in for people whom an OpenID issuer names: out to the issuer, and back with a code. */
export interface OidcDoor {
  /** What the page may call it. */
  readonly issuerHost: string;
  /** See `People`. */
  readonly adminOf: (person: Person) => Admin | null;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export const OIDC_PATH = "/app/oidc";
const CALLBACK_PATH = `${OIDC_PATH}/callback`;

export interface OidcDependencies {
  readonly options: OidcOptions;
  /** Where people reach the proxy. */
  readonly publicUrl: string | undefined;
  readonly sessions: Sessions;
  readonly admins: AdminBook;
  readonly environment: Environment;
  readonly bodyKey: Uint8Array;
  readonly log: Logger;
  /** Counts a request of an address, and says whether it has had its share of this minute. */
  readonly exceeded: (address: string) => boolean;
}

interface Door extends OidcDependencies {
  readonly publicUrl: string;
  readonly issuer: Issuer;
  readonly people: People;
  readonly underWay: SealedCookie;
}

/** What the browser keeps while its person is at the issuer. */
interface SignIn extends SignInSecrets {
  /** The page to come back to. */
  readonly to: string;
  readonly endsAt: number;
}

/** Throws `oidc_invalid`. Nothing is asked of the issuer before somebody wants to sign in. */
export function createOidcDoor(deps: OidcDependencies): OidcDoor {
  const { options, publicUrl = "", environment, bodyKey } = deps;
  checkOidc(options, deps.publicUrl);
  const people = createPeople(options, publicUrl);
  const underWay = createSealedCookie({
    // The issuer's page is another site, and the browser comes from there.
    ...{ name: "keybrake_sign_in", path: OIDC_PATH, sameSite: "Lax" },
    key: createSecretKey(createHmac("sha256", bodyKey).update("dashboard sign-ins").digest()),
    ...{ what: "dashboard sign-in", random: environment.random },
  });
  const issuer = createIssuer(options, environment.clock);
  const door: Door = { ...deps, publicUrl, issuer, people, underWay };
  return {
    issuerHost: new URL(options.issuer).host,
    adminOf: people.adminOf,
    handle: async (request, response) => {
      const path = (request.url ?? "").split("?", 1)[0];
      if (request.method !== "GET") return say(response, 405, "No", "Open the dashboard instead.");
      if (door.exceeded(remoteAddressOf(request)))
        return say(response, 429, "Wait a minute", "There were too many tries to sign in.");
      return path === CALLBACK_PATH ? comeBack(door, request, response) : setOut(door, request, response);
    },
  };
}

function remoteAddressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? "unknown";
}

function say(
  response: ServerResponse,
  status: number,
  title: string,
  words: string,
  cookie: string | null = null,
): void {
  const body = htmlPage(title, `<p>${escaped(words)}</p><p><a href="/app">To the dashboard</a></p>`);
  response.writeHead(status, {
    ...HTML_HEADERS,
    ...(cookie === null ? {} : { "set-cookie": cookie }),
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

const NO_ISSUER = "The issuer that names people here does not answer as one. Try again, or use an admin key.";

async function setOut(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isOwn(request)) return say(response, 403, "Not from there", "Sign in from the dashboard's own page.");
  const { issuer, publicUrl, underWay, environment, log } = door;
  try {
    const secrets = await issuer.newSecrets();
    const address = await issuer.addressOf(secrets, `${publicUrl}${CALLBACK_PATH}`);
    const to = pageOf(new URL(request.url ?? "", publicUrl).searchParams.get("to"));
    const signIn: SignIn = { ...secrets, to, endsAt: deadlineTime(environment) + LIMITS.signInMs };
    leave(response, address.href, [underWay.set(signIn, LIMITS.signInMs, isHttps(door))]);
  } catch (error) {
    log.warn({ code: codeOf(error) }, "the OpenID issuer does not answer");
    say(response, 503, "Not now", NO_ISSUER);
  }
}

async function comeBack(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { underWay, environment, publicUrl, issuer, log } = door;
  const over = underWay.clear(isHttps(door));
  const signIn = underWay.read(request.headers.cookie) as SignIn | null;
  if (signIn === null || deadlineTime(environment) >= signIn.endsAt)
    return say(
      response,
      400,
      "Begin again",
      "This sign-in was not begun in this browser, or not lately.",
      over,
    );
  let claims: Claims;
  try {
    claims = await issuer.claimsOf(new URL(request.url ?? "", publicUrl), signIn);
  } catch (error) {
    // Its message may quote what was sent.
    log.warn({ code: codeOf(error) }, "an OpenID sign-in did not pass");
    const words = "The issuer did not say who you are in a way that can be believed. Try again.";
    return say(response, 400, "Not signed in", words, over);
  }
  await letIn(door, { claims, to: signIn.to, over, request, response });
}

interface Arrival {
  readonly claims: Claims;
  readonly to: string;
  /** `Set-Cookie` that ends the sign-in. */
  readonly over: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** With a row among the actions, of whoever is refused too; without one nobody comes in. */
async function letIn(door: Door, { claims, to, over, request, response }: Arrival): Promise<void> {
  const { people, sessions, admins, environment, log } = door;
  const person = people.personOf(claims);
  const admin = person === null ? null : people.adminOf(person);
  const { id, name } = adminIdOf({ subject: claims.sub, name: nameOf(claims) });
  const status = admin === null ? 403 : 200;
  try {
    const at = environment.clock();
    const actionId = makeActionId(at, environment.random);
    await admins.beginAction({
      ...{ id: actionId, at, byId: id, byName: name, action: "dashboard.sign-in", target: null },
      detail: admin === null ? null : JSON.stringify({ scope: admin.scope }),
      remoteAddress: remoteAddressOf(request),
    });
    await admins.endAction(actionId, { target: null, status, code: admin === null ? "no_group" : null });
  } catch (error) {
    log.error({ error: error instanceof Error ? error.message : "" }, "a sign-in could not be written down");
    return say(response, 503, "Not now", "The store does not answer. Try again.", over);
  }
  log.info({ admin: id, status }, "sign-in by OpenID");
  if (person === null || admin === null) {
    const words = `${name}: you are in none of the groups that may use this dashboard. Whoever runs Keybrake can tell you which they are; a new group counts from your next sign-in on.`;
    return say(response, 403, "Not for you yet", words, over);
  }
  leave(response, to, [sessions.begin({ person }, isHttps(door)), over]);
}

function leave(response: ServerResponse, location: string, cookies: string[]): void {
  response.writeHead(302, { location, "set-cookie": cookies, "cache-control": "no-store" }).end();
}

/** People come in at the public address, whatever is in front of the proxy says of itself. */
function isHttps({ publicUrl }: Door): boolean {
  return publicUrl.startsWith("https:");
}

/** A page of the dashboard; whatever else was asked for could lead away from it. */
export function pageOf(to: string | null): string {
  const base = "http://dashboard.invalid";
  if (to === null || to.length > LIMITS.pathLength || !URL.canParse(to, base)) return "/app";
  const { origin, pathname, search } = new URL(to, base);
  const isPage = /^\/app(?:\/(?!oidc(?:\/|$)|api(?:\/|$)|session$)|$)/.test(pathname);
  return origin === base && isPage && `${pathname}${search}` === to ? to : "/app";
}

/** The library's own code, or what the issuer answered in place of a code: one word, which quotes nothing. */
function codeOf(error: unknown): string {
  const { code, error: said } = (error ?? {}) as { code?: unknown; error?: unknown };
  const word = [said, code].find((text) => typeof text === "string" && /^[A-Za-z_]{1,60}$/.test(text));
  return (word as string | undefined) ?? (error instanceof Error ? error.name : "unknown");
}
