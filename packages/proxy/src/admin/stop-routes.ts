import { createRoute, z } from "@hono/zod-openapi";
import { STOPPED_KEYS_MAX, STOPS_MAX, type Stop, stopCovers } from "@keybrake/ledger";
import { makeStopId } from "../identifiers.ts";
import { LIMITS } from "../limits.ts";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { adminError } from "./errors.ts";
import { COMMON_ERRORS, json, jsonBody, NOT_FOUND } from "./openapi.ts";
import { checkRole } from "./roles.ts";
import { errorSchema, labels, name, reason, roleName } from "./schemas.ts";

const stopSchema = z
  .object({
    id: z.string(),
    at: z.string().openapi({ format: "date-time" }),
    role: z.string().nullable(),
    agent: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
    reason: z.string().nullable(),
    keys: z.number().openapi({
      description: "Usable keys all of whose calls it refuses, beside calls that only name its agent",
    }),
  })
  .openapi("Stop");

const create = createRoute({
  method: "post",
  path: "/admin/stop",
  summary: "Refuse calls from the answer on, of all keys or by what they have in common, until it is lifted",
  description:
    "Keys that are made later are stopped, too. Without a filter everything is. `agent` stops calls that say they are of this agent, and all of the keys that its calls have used. The same filter again is the same stop.",
  request: {
    body: jsonBody(
      z.strictObject({
        role: roleName.optional(),
        agent: name.max(LIMITS.agentHeaderLength).optional(),
        labels: labels.default({}),
        reason: reason.optional(),
      }),
    ),
  },
  responses: {
    200: json(stopSchema, "The stop, which stands"),
    409: json(errorSchema, "Too many stops stand"),
    ...COMMON_ERRORS,
  },
});

const list = createRoute({
  method: "get",
  path: "/admin/stops",
  summary: "The stops that stand, oldest first",
  responses: { 200: json(z.object({ data: z.array(stopSchema) }), "All of them"), ...COMMON_ERRORS },
});

const lift = createRoute({
  method: "post",
  path: "/admin/stops/{id}/resume",
  summary: "Lift a stop: what no other one and no pause speaks against goes on",
  request: { params: z.object({ id: z.string().max(100) }) },
  responses: { 200: json(stopSchema, "The stop that was lifted"), ...COMMON_ERRORS, ...NOT_FOUND },
});

/** Pages of an agent's newest calls that are looked through for the keys that it has used. */
const AGENT_PAGES_MAX = 20;

export function addStopRoutes(app: AdminApp, { ledger, environment, roles, log }: AdminDependencies): void {
  async function describe(stop: Stop): Promise<z.infer<typeof stopSchema>> {
    const { id, at, role, agent, labels, reason } = stop;
    const usable = await ledger.usableVaultKeys(environment.clock());
    const keys = usable.filter((key) => stopCovers(stop, { ...key, vaultKeyId: key.id, agent: null })).length;
    return { id, at: new Date(at).toISOString(), role, agent, labels: { ...labels }, reason, keys };
  }

  /** Of keys that were made when a role was still in the file, or by a replica with another file. */
  async function rolesInUse(): Promise<readonly string[]> {
    const usable = await ledger.usableVaultKeys(environment.clock());
    return usable.flatMap(({ role }) => (role === null ? [] : [role]));
  }

  /** The newest first: the keys that it uses now are among the first. */
  async function keysUsedBy(agent: string): Promise<string[]> {
    const ids = new Set<string>();
    let cursor: string | undefined;
    for (let page = 0; page < AGENT_PAGES_MAX; page++) {
      const { data, nextCursor } = await ledger.listCalls({ agent }, { limit: 1000, cursor });
      for (const { vaultKeyId } of data) ids.add(vaultKeyId);
      if (nextCursor === null || ids.size >= STOPPED_KEYS_MAX) break;
      cursor = nextCursor;
    }
    return [...ids].slice(0, STOPPED_KEYS_MAX);
  }

  app.openapi(create, async (context) => {
    const { role = null, agent = null, labels, reason = null } = context.req.valid("json");
    const at = environment.clock();
    if (role !== null) checkRole(role, new Set([...Object.keys(roles), ...(await rolesInUse())]));
    const asked: Stop = {
      ...{ id: makeStopId(at, environment.random), at, role, agent, labels, reason },
      vaultKeyIds: [],
    };
    let stop = await ledger.stop(asked);
    // Stopped by its name first: what it calls while its keys are looked for is found, or refused.
    if (agent !== null && stop !== "too_many_stops") {
      stop = await ledger.stop({ ...asked, vaultKeyIds: await keysUsedBy(agent) });
    }
    if (stop === "too_many_stops") {
      throw adminError("too_many_stops", `${STOPS_MAX} stops stand: lift one, or stop everything.`);
    }
    const described = await describe(stop);
    log.warn({ stop_id: stop.id, role, agent, labels, keys: described.keys }, "stopped");
    return context.json(described, 200);
  });

  app.openapi(list, async (context) => {
    const stops = await ledger.listStops();
    return context.json({ data: await Promise.all(stops.map(describe)) }, 200);
  });

  app.openapi(lift, async (context) => {
    const { id } = context.req.valid("param");
    const lifted = await ledger.liftStop(id);
    if (lifted === null) throw adminError("not_found", "No stop with this id stands.", "id");
    log.warn({ stop_id: id }, "stop lifted");
    return context.json(await describe(lifted), 200);
  });
}
