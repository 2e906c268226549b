/** One server-sent event. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** Longer than any audit row by far; what never ends an event is not an event stream. */
const EVENT_LENGTH_MAX = 1024 * 1024;

function parseEvent(block: string): ServerSentEvent | null {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const separator = line.indexOf(":");
    // A colon at the start is a comment: the heartbeat.
    if (separator <= 0) continue;
    const value = line.slice(separator + 1).replace(/^ /, "");
    if (line.startsWith("event:")) event = value;
    if (line.startsWith("data:")) data.push(value);
  }
  return data.length === 0 ? null : { event, data: data.join("\n") };
}

/** The events of a `text/event-stream` body (html.spec.whatwg.org, server-sent events), until it ends. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text = (text + decoder.decode(chunk, { stream: true })).replaceAll("\r\n", "\n");
    let end = text.indexOf("\n\n");
    while (end !== -1) {
      const event = parseEvent(text.slice(0, end));
      if (event !== null) yield event;
      text = text.slice(end + 2);
      end = text.indexOf("\n\n");
    }
    if (text.length > EVENT_LENGTH_MAX) throw new Error("The proxy sent no event stream.");
  }
}
