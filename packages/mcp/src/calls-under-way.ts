import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type Transport,
} from "@modelcontextprotocol/server";

/** Longer than one call with all its tries (80 s in core); what runs even then is cut off. */
const LONGEST_WAIT_MS = 90_000;

/** The tool calls that came in over a transport and have no answer yet. */
export interface CallsUnderWay {
  /** Resolves when all are answered or cancelled, or cannot be answered any more; after 90 s at the latest. */
  answered(): Promise<void>;
}

/** Watches a transport that is already connected; passes every message on unchanged. */
export function watchCalls(transport: Transport): CallsUnderWay {
  const open = new Set<unknown>();
  let whenNone = () => {};

  function settle(id: unknown): void {
    open.delete(id);
    if (open.size === 0) whenNone();
  }

  const deliver = transport.onmessage;
  transport.onmessage = (message, extra) => {
    if (isJSONRPCRequest(message) && message.method === "tools/call") open.add(message.id);
    deliver?.(message, extra);
    // A cancelled call is never answered.
    if (isJSONRPCNotification(message) && message.method === "notifications/cancelled")
      settle(message.params?.requestId);
  };
  const send = transport.send.bind(transport);
  transport.send = async (message, options) => {
    try {
      await send(message, options);
    } finally {
      if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) settle(message.id);
    }
  };

  const ended = transport.onclose;
  transport.onclose = () => {
    ended?.();
    open.clear();
    whenNone();
  };

  return {
    answered: () =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, LONGEST_WAIT_MS);
        whenNone = () => {
          clearTimeout(timer);
          resolve();
        };
        if (open.size === 0) whenNone();
      }),
  };
}
