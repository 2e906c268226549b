import type { CountedObject } from "@keybrake/ledger";

/** An upstream object as the keys of one account have counted it; simulate keys count apart. */
export function countedObject(
  { vendor, account, simulate }: Omit<CountedObject, "objectId">,
  objectId: string,
): CountedObject {
  return { vendor, account, simulate, objectId };
}
