import type { IncomingMessage } from "node:http";
import type { Context, MiddlewareHandler } from "hono";
import { makeActionId } from "../identifiers.ts";
import { createUnauthenticatedLimit } from "../unauthenticated.ts";
import { actionOf, answerOf, detailOf } from "./actions.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { adminError } from "./errors.ts";
import { mayAsk } from "./scopes.ts";
import { type Admin, createWho } from "./who.ts";

/** Who asks, and under which row of the actions: what `letIn` and `watch` set for the handlers. */
export interface AdminVariables {
  readonly admin: Admin;
  /** Null for what changes nothing. */
  readonly actionId: string | null;
}

const WRONG_KEY =
  "The admin key is missing or not this proxy's: send 'Authorization: Bearer <key>' with the KEYBRAKE_ADMIN_KEY that the proxy was started with, or one of `keybrake admin-keys create`.";

/** Requests of people whom the dashboard has let in, and who has no key: nothing that is sent can make one of them. */
export type Vouched = WeakMap<IncomingMessage, Admin>;

/** The request as Node brought it; none when the API is asked in this process. */
function incomingOf(context: Context): IncomingMessage | undefined {
  return ((context.env ?? {}) as { incoming?: IncomingMessage }).incoming;
}

function remoteAddressOf(context: Context): string {
  return incomingOf(context)?.socket?.remoteAddress ?? "unknown";
}

/**
 * Lets in whoever has an admin key, or is vouched for. A wrong key is told so some times in a minute, then that there were too many; the right
 * one works all the while, so that nobody beside an operator can keep them from stopping anything.
 */
export function letIn(
  { ledger, environment, adminKey, log }: AdminDependencies,
  vouched: Vouched,
): MiddlewareHandler {
  const who = createWho(ledger, adminKey);
  const wrong = createUnauthenticatedLimit();
  return async (context, next) => {
    const now = environment.clock();
    const incoming = incomingOf(context);
    const person = incoming === undefined ? undefined : vouched.get(incoming);
    const admin = person ?? (await who(context.req.header("authorization"), now));
    if (admin !== null) {
      context.set("admin", admin);
      return next();
    }
    const address = remoteAddressOf(context);
    if (!wrong.exceeded(address, now)) {
      log.warn({ remote_address: address }, "wrong admin key");
      throw adminError("invalid_admin_key", WRONG_KEY);
    }
    throw adminError(
      "too_many_wrong_keys",
      "Too many requests with a wrong admin key came from this address.",
    );
  };
}

/** Refuses what is beyond the scope of whoever was let in, and writes down what is not only read. */
export function watch({ ledger, environment, log }: AdminDependencies): MiddlewareHandler {
  async function checkScope(admin: Admin, method: string, path: string): Promise<void> {
    const answer = mayAsk(admin.scope, method, path);
    const own = path.split("/")[3] ?? "";
    if (answer === "yes" || (answer === "own" && (await ledger.admins.hasIssued(admin.id, own)))) return;
    const message = `An admin key of the scope '${admin.scope}' may not do this${answer === "own" ? " to a key that it has not issued" : ""}.`;
    throw adminError("scope_missing", message);
  }

  return async (context, next) => {
    const { method, path } = context.req;
    const admin = context.get("admin") as Admin;
    const asked = actionOf(method, path);
    if (asked === null) {
      await checkScope(admin, method, path);
      return next();
    }
    const at = environment.clock();
    const remoteAddress = remoteAddressOf(context);
    const id = makeActionId(at, environment.random);
    const detail = detailOf(await context.req.json().catch(() => null));
    const by = { byId: admin.id, byName: admin.name };
    await ledger.admins.beginAction({ id, at, ...by, ...asked, detail, remoteAddress });
    context.set("actionId", id);
    try {
      await checkScope(admin, method, path);
    } catch (error) {
      await ledger.admins.endAction(id, { target: asked.target, status: 403, code: "scope_missing" });
      throw error;
    }
    await next();
    const made = answerOf(await bodyOf(context));
    const { status } = context.res;
    await ledger.admins.endAction(id, { target: asked.target ?? made.target, status, code: made.code });
    log.info(
      { admin: admin.id, action: asked.action, target: asked.target ?? made.target, status },
      "admin action",
    );
  };
}

/** What was answered, when it is not a stream. */
async function bodyOf({ res }: Context): Promise<unknown> {
  if (res.headers.get("content-type")?.startsWith("application/json") !== true) return null;
  return res.clone().json();
}

/** Counts one key as issued; throws when the admin key has had its share of the hour. */
export async function takeIssue(
  { ledger, environment }: Pick<AdminDependencies, "ledger" | "environment">,
  { admin, actionId }: AdminVariables,
): Promise<void> {
  if (admin.key === null || actionId === null) return;
  const most = admin.key.keysPerHour ?? Number.MAX_SAFE_INTEGER;
  const after = environment.clock() - HOUR_MS;
  if (await ledger.admins.takeIssue(actionId, { after, most })) return;
  throw adminError("issue_quota_exceeded", `This admin key has issued its ${most} keys of an hour.`);
}

const HOUR_MS = 60 * 60 * 1000;
