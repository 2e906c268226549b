export { shownAddress } from "./address.ts";
export {
  type OpenPostgresLedgerOptions,
  type OpenPostgresStoreOptions,
  openPostgresLedger,
  openPostgresStore,
  type PostgresStore,
} from "./open.ts";
export type { SealedTexts } from "./sealed.ts";
export type { PastBooks } from "./server-seen.ts";
