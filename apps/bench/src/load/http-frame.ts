/**
 * The least of HTTP/1.1 that load generator and upstream need: where a message ends (RFC 9112, section 6). They speak
 * over bare sockets, because a full HTTP stack on the load's core would be measured instead of the proxy.
 */

export interface Frame {
  /** Start line and headers. */
  readonly head: string;
  /** Bytes of the whole message. */
  readonly length: number;
}

const HEAD_END = "\r\n\r\n";
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;

/** The end of a chunked body that begins at `start`; null when more must come. Trailers are not understood. */
function chunkedEnd(bytes: Buffer, start: number): number | null {
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at, "latin1");
    if (lineEnd === -1) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    at = lineEnd + 2 + size + 2;
    if (at > bytes.length) return null;
    if (size === 0) return at;
  }
}

/** The first message in `bytes`; null when it is not complete. */
export function firstFrame(bytes: Buffer): Frame | null {
  const headEnd = bytes.indexOf(HEAD_END, 0, "latin1");
  if (headEnd === -1) return null;
  const head = bytes.toString("latin1", 0, headEnd);
  const bodyStart = headEnd + HEAD_END.length;
  const declared = CONTENT_LENGTH.exec(head);
  const end =
    declared === null && CHUNKED.test(head)
      ? chunkedEnd(bytes, bodyStart)
      : bodyStart + Number(declared?.[1] ?? 0);
  return end === null || end > bytes.length ? null : { head, length: end };
}

/** A function that takes what a socket receives, in pieces of any size, and tells every message's head. */
export function frameReader(onMessage: (head: string) => void): (chunk: Buffer) => void {
  let rest: Buffer | null = null;
  return (chunk) => {
    let bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const frame = firstFrame(bytes);
      if (frame === null) break;
      bytes = bytes.subarray(frame.length);
      onMessage(frame.head);
    }
    rest = bytes.length === 0 ? null : bytes;
  };
}
