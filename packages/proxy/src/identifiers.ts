/** Time-ordered id: 48 bits of time and 80 random bits in hex, so that newer rows sort later. */
function timeOrdered(prefix: string, now: number, random: (length: number) => Uint8Array): string {
  return `${prefix}_${now.toString(16).padStart(12, "0")}${Buffer.from(random(10)).toString("hex")}`;
}

export function makeCallId(now: number, random: (length: number) => Uint8Array): string {
  return timeOrdered("call", now, random);
}

/** The id of an alert, which its receivers know it by (`webhook-id`). */
export function makeAlertId(now: number, random: (length: number) => Uint8Array): string {
  return timeOrdered("alert", now, random);
}

export function makeAlertTargetId(now: number, random: (length: number) => Uint8Array): string {
  return timeOrdered("target", now, random);
}

export function makeStopId(now: number, random: (length: number) => Uint8Array): string {
  return timeOrdered("stop", now, random);
}

/** The public id of what a person is asked: it names a card, and gives nobody a right. */
export function makeApprovalId(now: number, random: (length: number) => Uint8Array): string {
  return timeOrdered("apr", now, random);
}

export function makeAdminKeyId(now: number, random: (length: number) => Uint8Array): string {
  return timeOrdered("admin", now, random);
}

export function makeActionId(now: number, random: (length: number) => Uint8Array): string {
  return timeOrdered("act", now, random);
}

/** The public id of a vault key: not a secret, safe in logs, metadata and audit rows. */
export function makeVaultKeyId(now: number, random: (length: number) => Uint8Array): string {
  return timeOrdered("key", now, random);
}
