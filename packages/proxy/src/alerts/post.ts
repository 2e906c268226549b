import { Agent, request } from "undici";
import { LIMITS } from "../limits.ts";
import { guardedConnector, type Reach } from "./guard.ts";

/** What became of one try. */
export interface Posted {
  /** Null without an answer. */
  readonly status: number | null;
  /** Null when the receiver said that it has it (2xx). Never what it said: that may be anything. */
  readonly error: string | null;
}

export interface Poster {
  /** One POST. Rejects never. */
  post(message: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }): Promise<Posted>;
  /** What is under way ends without an answer. */
  close(): Promise<void>;
}

/** Sockets of its own, apart from those of the calls. No redirect is followed, and little of an answer is read. */
export function createPoster(reach: Reach): Poster {
  const agent = new Agent({
    connect: guardedConnector(reach),
    connections: 1,
    pipelining: 1,
    headersTimeout: LIMITS.alertSendMs,
    bodyTimeout: LIMITS.alertSendMs,
    maxHeaderSize: LIMITS.headerBytes,
  });
  return {
    async post({ url, headers, body }) {
      try {
        const signal = AbortSignal.timeout(LIMITS.alertSendMs);
        const answer = await request(url, { dispatcher: agent, method: "POST", headers, body, signal });
        const { statusCode: status } = answer;
        await answer.body.dump({ limit: LIMITS.alertAnswerBytes, signal });
        return { status, error: status >= 200 && status < 300 ? null : `http_${status}` };
      } catch (error) {
        return { status: null, error: reasonOf(error) };
      }
    },
    close: () => agent.destroy(),
  };
}

/** Its code or name, in lower case: a message could quote the address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return code.toLowerCase();
}
