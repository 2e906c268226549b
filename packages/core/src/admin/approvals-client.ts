import type { z } from "zod";
import type { AdminSend } from "./admin-request.ts";
import type { Page, PageQuery } from "./admin-types.ts";
import { approvalInfo, approvalPage } from "./answers.ts";
import type { AnswerApprovalInput, ApprovalFilter, ApprovalInfo } from "./approval-types.ts";
import { segment } from "./segment.ts";

/** As every method of the admin client. */
export interface ApprovalsClient {
  /** What people were asked, newest first. */
  readonly list: (filter?: ApprovalFilter & PageQuery) => Promise<Page<ApprovalInfo>>;
  readonly get: (id: string) => Promise<ApprovalInfo>;
  /**
   * The very same call goes through from now on, once, until it expires. `approval_decided` when somebody has said
   * otherwise, `approval_expired` when it is too late, or its key has ended.
   */
  readonly approve: (id: string, input?: AnswerApprovalInput) => Promise<ApprovalInfo>;
  /** The act is refused from now on, in whatever words, for as long as it is the same act (`act_window`). */
  readonly deny: (id: string, input?: AnswerApprovalInput) => Promise<ApprovalInfo>;
}

export function approvalsOf(send: AdminSend): ApprovalsClient {
  const path = (id: string) => `/admin/approvals/${segment(id)}`;
  const get = <T>(answer: z.ZodType<T>, path: string, query: object = {}) =>
    send({ method: "GET", path, query, repeatable: true, answer });
  const say = (id: string, said: "approve" | "deny", body: AnswerApprovalInput = {}) =>
    send({
      ...{ method: "POST", path: `${path(id)}/${said}`, body, repeatable: true },
      answer: approvalInfo,
    });
  return {
    list: (query) => get(approvalPage, "/admin/approvals", query),
    get: async (id) => get(approvalInfo, path(id)),
    approve: async (id, input) => say(id, "approve", input),
    deny: async (id, input) => say(id, "deny", input),
  };
}
