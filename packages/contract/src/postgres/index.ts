export { findPgBouncer, type PgBouncer, startPgBouncer } from "./pgbouncer.ts";
export { type Relay, startRelay } from "./relay.ts";
export { type PostgresServer, startPostgres } from "./server.ts";
