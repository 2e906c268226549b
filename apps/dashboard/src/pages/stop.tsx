import type { StopInfo, StopInput } from "@keybrake/core";
import { liftStop, listRoles, listStops, stop } from "../api.ts";
import { Action, textOf } from "../parts/action.tsx";
import { Empty, Loaded } from "../parts/notes.tsx";
import { Refused } from "../refused.ts";
import { useAsked, useMay } from "../session.tsx";
import { counted, moment, plain } from "../words.ts";

const EVERY_MS = 5_000;

/** One button for everything, one for a part, and the stops that stand. */
export function StopPage() {
  const stops = useAsked("stops", listStops, EVERY_MS);
  const may = useMay();
  return (
    <>
      <h1>Stop</h1>
      <p>
        A stop refuses calls within the next one, everywhere, also of keys that are made later, until it is
        lifted. What is at the vendor already goes on.
      </p>
      {may.operate ? (
        <div className="buttons">
          <StopEverything onDone={stops.reload} />
          <StopSome onDone={stops.reload} />
        </div>
      ) : (
        <p className="quiet">Your key may look, and not stop anything.</p>
      )}
      <h2>Stops that stand</h2>
      <Loaded of={stops}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty>
              <p>None. Calls go through as their keys allow.</p>
            </Empty>
          ) : (
            <ul className="cards" aria-label="Stops that stand">
              {data.map((one) => (
                <li key={one.id}>
                  <Standing of={one} onDone={stops.reload} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function Reason() {
  return (
    <label>
      Reason, for whoever finds it
      <input name="reason" maxLength={500} autoComplete="off" />
    </label>
  );
}

function reasonIn(form: FormData): { readonly reason?: string } {
  const reason = textOf(form, "reason");
  return reason === "" ? {} : { reason };
}

function StopEverything({ onDone }: { readonly onDone: () => void }) {
  return (
    <Action
      label="Stop everything"
      title="Stop every key?"
      confirm="Stop everything"
      isDanger
      typed="STOP"
      act={(form) => stop(reasonIn(form))}
      onDone={onDone}
    >
      <p>Every call of every agent is refused until somebody lifts the stop here.</p>
      <Reason />
    </Action>
  );
}

/** `team=billing, env=prod`. */
function labelsIn(text: string): Record<string, string> {
  const pairs = text.split(",").map((pair) => pair.split("="));
  return Object.fromEntries(
    pairs.flatMap(([name = "", ...rest]) =>
      name.trim() === "" || rest.length === 0 ? [] : [[name.trim(), rest.join("=").trim()]],
    ),
  );
}

function partOf(form: FormData): StopInput {
  const role = textOf(form, "role");
  const agent = textOf(form, "agent");
  const labels = labelsIn(textOf(form, "labels"));
  const input = {
    ...(role === "" ? {} : { role: role as NonNullable<StopInput["role"]> }),
    ...(agent === "" ? {} : { agent }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
  // Left empty it would stop everything, which has a button of its own.
  if (Object.keys(input).length === 0) {
    throw new Refused(
      "request_invalid",
      "Name a role, an agent or a label. All of it has a button of its own.",
    );
  }
  return { ...input, ...reasonIn(form) };
}

function StopSome({ onDone }: { readonly onDone: () => void }) {
  const roles = useAsked("roles", listRoles);
  return (
    <Action
      label="Stop a part"
      title="Stop what has all of this in common"
      confirm="Stop"
      isDanger
      act={async (form) => stop(partOf(form))}
      onDone={onDone}
    >
      <label>
        Role
        <select name="role" defaultValue="">
          <option value="">any</option>
          {roles.value?.data.map(({ role }) => (
            <option key={role}>{role}</option>
          ))}
        </select>
      </label>
      <label>
        Agent
        <input name="agent" maxLength={200} autoComplete="off" />
      </label>
      <label>
        Labels
        <input name="labels" placeholder="team=billing" autoComplete="off" />
      </label>
      <Reason />
    </Action>
  );
}

/** In words, what a stop covers. */
function coverOf({ role, agent, labels }: StopInfo): string {
  const parts = [
    ...(role === null ? [] : [`the role ${role}`]),
    ...(agent === null ? [] : [`the agent ${agent}`]),
    ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
  ];
  return parts.length === 0 ? "Everything" : `What has ${parts.join(" and ")}`;
}

function Standing({ of: one, onDone }: { readonly of: StopInfo; readonly onDone: () => void }) {
  const may = useMay();
  const cover = plain(coverOf(one));
  return (
    <div className="card row">
      <strong>{cover}</strong>
      <span className="quiet">
        since {moment(one.at)}, {counted(one.keys, "key")} of those that could be used
        {one.reason === null ? "" : `: ${plain(one.reason)}`}
      </span>
      {may.operate ? (
        <Action
          label="Lift"
          of={cover}
          title="Lift this stop?"
          confirm="Lift"
          act={() => liftStop(one.id)}
          onDone={onDone}
        >
          <p>What no other stop and no pause speaks against goes on.</p>
        </Action>
      ) : null}
    </div>
  );
}
