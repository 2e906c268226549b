import { cutPage, decodeSequenceCursor } from "./cursor.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Ledger } from "./interface.ts";
import { approvalNeeds, planApprovalAnswer } from "./plan-approval.ts";
import type { Store } from "./store.ts";
import { checkCount, checkPage } from "./validate.ts";
import { checkApprovalAnswer } from "./validate-approval.ts";

type ApprovalMethods = Pick<Ledger, "getApproval" | "listApprovals" | "answerApproval">;

interface Parts {
  readonly store: Store;
  readonly writer: GroupCommit;
  /** Runs a query, with the errors of the interface. */
  readonly read: <T>(query: () => Promise<T>) => Promise<T>;
}

/** What people are asked and say. */
export function approvalMethods({ store, writer, read }: Parts): ApprovalMethods {
  return {
    getApproval: (approvalId) => read(() => store.getApproval(approvalId)),
    listApprovals: (filter, page, now) =>
      read(async () => {
        checkPage(page);
        checkCount(now, "now");
        const below = page.cursor === undefined ? null : decodeSequenceCursor("approvals", page.cursor);
        const rows = await store.listApprovals(filter, { below, limit: page.limit + 1, at: now });
        const { shown, nextCursor } = cutPage("approvals", rows, page, ({ sequence }) => sequence);
        return { data: shown, nextCursor };
      }),
    answerApproval: async (answer) => {
      checkApprovalAnswer(answer);
      const asked = await read(() => store.getApproval(answer.approvalId));
      if (asked === null) return { kind: "not_found" };
      const { vaultKeyId } = asked.facts;
      return writer.submit({
        declare: (needs) => approvalNeeds(needs, { approvalId: asked.approvalId, vaultKeyId }),
        plan: (state) => planApprovalAnswer(state, answer),
      });
    },
  };
}
