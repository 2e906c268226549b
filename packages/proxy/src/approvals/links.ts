import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";

/**
 * Links under which a person answers one card without any other key: whoever has one may say yes or no to it. They end
 * with the card, and the first answer stands.
 */
export interface ApprovalLinks {
  /** Null when nobody has said under which address people reach the proxy. */
  linkOf(approvalId: string): string | null;
  isOf(approvalId: string, token: string): boolean;
}

export const LINK_PATH = "/approvals/";

export function createApprovalLinks(bodyKey: Uint8Array, publicUrl: string | null): ApprovalLinks {
  const key = createSecretKey(createHmac("sha256", bodyKey).update("approval links").digest());
  const tokenOf = (id: string) => createHmac("sha256", key).update(id).digest("base64url");
  return {
    linkOf: (id) => (publicUrl === null ? null : `${publicUrl}${LINK_PATH}${id}/${tokenOf(id)}`),
    isOf(id, token) {
      const [known, given] = [Buffer.from(tokenOf(id)), Buffer.from(token)];
      return known.length === given.length && timingSafeEqual(known, given);
    },
  };
}
