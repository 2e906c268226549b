import type { Run } from "@keybrake/core";
import type { VaultKey } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";

/** What a session is served by. */
export interface SessionConnection {
  /** Answers one request of the session. */
  handle(request: Request, message: unknown): Promise<Response>;
  /** Lets the requests that run end first. Never rejects. */
  close(): Promise<void>;
}

/** A client's session under the 2025 protocols. Those of 2026 have none. */
export interface Session {
  /** 256 random bits; worth nothing without the vault key that started the session. */
  readonly id: string;
  readonly vaultKeyId: string;
  readonly run: Run;
  readonly connection: SessionConnection;
}

interface Entry extends Session {
  readonly expiresAt: number;
  /** Requests and streams that are open now. */
  open: number;
  lastUsed: number;
}

/** The sessions of this process, bounded in number and in time. */
export interface SessionTable {
  /** Why there is no room for another session of this key; null when there is. */
  full(vaultKeyId: string): "key" | "all" | null;
  add(session: Session, key: VaultKey): void;
  /** The session, if this key started it. */
  find(id: string, vaultKeyId: string): Session | null;
  /** Keeps the session from being idle until the returned function is called. */
  use(session: Session): () => void;
  /**
   * Ended sessions are found no more from now on. The promise is for those who must know when the last request
   * has been answered; it never rejects.
   */
  end(id: string): Promise<void>;
  /** All sessions of a key that can no longer be used. */
  endAllOf(vaultKeyId: string): Promise<void>;
  /**
   * Ends what is idle, and what its key has outlived by as long: until then an expired key's next call is told
   * so in its session. Called before every look-up: no timer is needed.
   */
  sweep(): Promise<void>;
  endAll(): Promise<void>;
}

export function createSessionTable(clock: () => number): SessionTable {
  const entries = new Map<string, Entry>();

  async function endWhere(ends: (entry: Entry) => boolean): Promise<void> {
    const ended = [...entries.values()].filter(ends);
    for (const { id } of ended) entries.delete(id);
    await Promise.all(ended.map(({ connection }) => connection.close()));
  }

  return {
    full(vaultKeyId) {
      const own = [...entries.values()].filter((entry) => entry.vaultKeyId === vaultKeyId).length;
      if (own >= LIMITS.mcpSessionsPerKey) return "key";
      return entries.size >= LIMITS.mcpSessions ? "all" : null;
    },
    add(session, { expiresAt }) {
      entries.set(session.id, { ...session, expiresAt, open: 0, lastUsed: clock() });
    },
    find(id, vaultKeyId) {
      const entry = entries.get(id);
      return entry?.vaultKeyId === vaultKeyId ? entry : null;
    },
    use({ id }) {
      const entry = entries.get(id);
      if (entry !== undefined) entry.open += 1;
      return () => {
        if (entry === undefined) return;
        entry.open -= 1;
        entry.lastUsed = clock();
      };
    },
    end: (id) => endWhere((entry) => entry.id === id),
    endAllOf: (vaultKeyId) => endWhere((entry) => entry.vaultKeyId === vaultKeyId),
    sweep() {
      const now = clock();
      return endWhere(
        ({ open, lastUsed, expiresAt }) =>
          now - expiresAt >= LIMITS.mcpSessionIdleMs ||
          (open === 0 && now - lastUsed >= LIMITS.mcpSessionIdleMs),
      );
    },
    endAll: () => endWhere(() => true),
  };
}
