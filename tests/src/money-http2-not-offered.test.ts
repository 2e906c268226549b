import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createUndiciUpstream } from "@keybrake/proxy";
import { expect, test } from "vitest";

/**
 * Once, the proxy offered HTTP/2 to Stripe, and undici sent a refused stream (RFC 9113 section 8.7) again by itself: a
 * POST went out twice that the books know once.
 */
test("the proxy offers HTTP/1.1 alone, where nothing is sent again that it does not send itself", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const upstream = createUndiciUpstream(`https://127.0.0.1:${port}`);
  const connected = once(server, "connection") as Promise<[Socket]>;
  const sent = upstream.send({ method: "POST", path: "/v1/charges", headers: {}, body: "amount=1" });
  const [socket] = await connected;
  const [clientHello] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  // The names of ALPN (RFC 7301 section 3.1), each behind its length.
  expect(clientHello.includes("\x08http/1.1")).toBe(true);
  expect(clientHello.includes("\x02h2")).toBe(false);
  expect((await sent).kind).toBe("not_sent");
  await upstream.close();
  server.close();
});
