/**
 * The stand-in for Stripe's API that everything is measured against: it answers every request at once with a charge
 * that succeeded. It remembers nothing. Argument: the port.
 */
import { createServer } from "node:net";
import { frameReader } from "../load/http-frame.ts";
import { chargeResponse } from "./charge.ts";

let answered = 0;

createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.on(
    "data",
    frameReader(() => {
      answered += 1;
      socket.write(chargeResponse(answered), "latin1");
    }),
  );
}).listen(Number(process.argv[2]), "127.0.0.1");
