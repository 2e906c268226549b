import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import type { Account } from "./account.ts";
import { type Answer, errorAnswer } from "./answer.ts";
import { controlRoutes } from "./control-routes.ts";
import { StripeError } from "./errors.ts";
import { BODY_BYTES_MAX } from "./limits.ts";
import { type Body, readBody } from "./read-body.ts";
import { type Sleep, StripeApi } from "./serve-request.ts";

function send(outgoing: ServerResponse, answer: Answer): void {
  outgoing.writeHead(answer.status, {
    ...answer.headers,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(answer.body),
  });
  outgoing.end(answer.body);
}

/** The first value of a header. */
function header(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

const TOO_LARGE = errorAnswer(
  new StripeError(413, {
    type: "invalid_request_error",
    message: `The request body is larger than ${BODY_BYTES_MAX} bytes.`,
  }),
);

/**
 * The whole HTTP surface: `/_emulator/*` is the control interface, everything else the Stripe API. The API
 * reads from and writes to Node's own objects, since a dropped connection has no fetch `Response`.
 */
export function createApp(account: Account, sleep: Sleep): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const api = new StripeApi(account, sleep);
  app.route("/_emulator", controlRoutes(account));
  app.all("*", async (c) => {
    const { incoming, outgoing } = c.env;
    const method = incoming.method ?? "GET";
    const target = incoming.url ?? "/";
    const record = account.log.open({
      at: account.clock(),
      method,
      path: target,
      rawHeaders: incoming.rawHeaders,
    });
    const body: Body = method === "GET" ? { kind: "text", text: "" } : await readBody(incoming);
    if (body.kind === "aborted") return RESPONSE_ALREADY_SENT;
    const answer =
      body.kind === "too_large"
        ? TOO_LARGE
        : await api.serve(
            {
              method,
              target,
              body: body.text,
              authorization: header(incoming, "authorization"),
              contentType: header(incoming, "content-type"),
              idempotencyKey: header(incoming, "idempotency-key"),
              stripeVersion: header(incoming, "stripe-version"),
              stripeAccount: header(incoming, "stripe-account"),
            },
            record,
          );
    if (answer === null) {
      incoming.socket.destroy();
    } else {
      record.status = answer.status;
      send(outgoing, answer);
    }
    return RESPONSE_ALREADY_SENT;
  });
  return app;
}
