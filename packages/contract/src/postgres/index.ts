export { type Relay, startRelay } from "./relay.ts";
export { type PostgresServer, startPostgres } from "./server.ts";
