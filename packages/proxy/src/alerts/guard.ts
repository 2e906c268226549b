import { lookup as resolve } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { buildConnector } from "undici";
import { LIMITS } from "../limits.ts";

/** Where alerts may go. */
export interface Reach {
  /** Addresses of this machine and of private networks, too, and to those without encryption. */
  readonly allowsPrivate: boolean;
}

/**
 * Whether an alert may be sent to an address. What is not public on the Internet is this machine, its neighbours or a
 * cloud's own services, which trust whoever reaches them; and nothing leaves for a public address in clear.
 */
export function mayReach(address: string, protocol: string, { allowsPrivate }: Reach): boolean {
  if (ipaddr.process(address).range() !== "unicast") return allowsPrivate;
  return protocol === "https:";
}

function refused(): Error {
  return Object.assign(new Error("The address is not one that alerts may be sent to."), {
    code: "ADDRESS_REFUSED",
  });
}

/** Looks the name up once, for the connection itself: a name that means another address a moment later gains nothing. */
function guardedLookup(protocol: string, reach: Reach): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, []);
      const [first] = addresses;
      const areAllowed = addresses.every(({ address }) => mayReach(address, protocol, reach));
      if (first === undefined || !areAllowed) return done(refused(), []);
      if (options.all === true) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };
}

/** Connects to nothing that `mayReach` refuses, whatever a name resolves to. */
export function guardedConnector(reach: Reach): buildConnector.connector {
  const connectorFor = (protocol: string) =>
    buildConnector({
      timeout: LIMITS.alertConnectMs,
      allowH2: false,
      lookup: guardedLookup(protocol, reach),
    });
  const [secure, plain] = [connectorFor("https:"), connectorFor("http:")];
  return (options, callback) => {
    const { hostname, protocol } = options;
    const literal = hostname.replace(/^\[|\]$/g, "");
    // Nobody looks an address up.
    if (isIP(literal) !== 0 && !mayReach(literal, protocol, reach)) return callback(refused(), null);
    return (protocol === "https:" ? secure : plain)(options, callback);
  };
}
