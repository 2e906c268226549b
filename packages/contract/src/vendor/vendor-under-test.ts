import type { UpstreamAnswer, Vendor } from "@keybrake/proxy";

/** A request as a client of the vendor makes it, but for the key. */
export interface ClientRequest {
  readonly method: string;
  /** As at the proxy: `/parcel/labels`. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

/** A vendor's stand-in on a real socket. */
export interface StandIn {
  readonly url: string;
  /** Of every object that it made for `calls.write`, the vault key's id that stands on it; null without one. */
  executed(): Promise<readonly (string | null)[]>;
  close(): Promise<void>;
}

/** All that the suite must know of a vendor. */
export interface VendorUnderTest {
  readonly vendor: Vendor;
  /** Not a real one: the stand-in takes it, and no other. */
  readonly credential: string;
  startStandIn(credential: string): Promise<StandIn>;
  /** How its clients send a key. */
  keyHeaders(key: string): Readonly<Record<string, string>>;
  /** The code in an error of its shape; null when there is none. */
  errorCode(body: unknown): string | null;
  /** Its refusal of the credential, quoting it. */
  refusedCredential(credential: string): UpstreamAnswer;
  readonly calls: {
    /** Makes an object and costs `usdMicros`; another `act`, another object. */
    readonly write: (act: number) => ClientRequest;
    readonly usdMicros: number;
    readonly writeOperation: string;
    /** Another write: moves money, and nobody can say how much. */
    readonly unpriceable: ClientRequest;
    readonly unpriceableOperation: string;
    readonly read: ClientRequest;
    readonly readOperation: string;
    /** A path that is the vendor's and stands for no operation. */
    readonly unknown: ClientRequest;
    /** A `write` that the stand-in declines. */
    readonly declined: ClientRequest;
    /** A `write` that sets what only the proxy may. */
    readonly reserved: ClientRequest;
  };
}
