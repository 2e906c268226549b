import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, startServer } from "../process/server-process.ts";
import { OWN_CHECKOUT } from "./keybrake.ts";
import { chargePlan, type StartTarget, type Surroundings, type Target, UPSTREAM_KEY } from "./target.ts";

/**
 * Gateways that stand where Keybrake stands, between an application and an API that costs money. They are made for
 * models and decide other things; what is compared is only what standing there costs.
 */

/** Kept between runs, and ignored by Git. */
const INSTALLED = join(OWN_CHECKOUT, "node_modules/.cache/keybrake-bench");
const PORTKEY = "@portkey-ai/gateway@1.15.2";
const LITELLM = "litellm[proxy]==1.83.0";

const portkeyMain = join(INSTALLED, "portkey/node_modules/@portkey-ai/gateway/build/start-server.js");
const litellmMain = join(INSTALLED, "litellm/bin/litellm");

const JSON_BODY = {
  type: "application/json",
  template: '{"model":"none","messages":[{"role":"user","content":"{reference}"}]}',
};

/** Portkey's gateway takes no calls but those of models: it gets one, and the stand-in answers with a charge. */
async function startPortkey({ upstreamPort, folder, pin }: Surroundings): Promise<Target> {
  const port = await freePort();
  const command = [process.execPath, portkeyMain, "--headless", `--port=${port}`];
  const server = await startServer({ name: "portkey", command, port, folder }, pin);
  const headers = {
    "x-portkey-provider": "openai",
    "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}/v1`,
  };
  const request = chargePlan({ path: "/v1/chat/completions", headers, body: JSON_BODY });
  return { ...server, name: "portkey", lanes: [{ name: "portkey", request }] };
}

/** LiteLLM's proxy with one pass-through endpoint, which replaces the credential. */
async function startLitellm({ upstreamPort, folder, pin }: Surroundings): Promise<Target> {
  const port = await freePort();
  const file = join(folder, "litellm.yaml");
  const endpoint = {
    path: "/v1/charges",
    target: `http://127.0.0.1:${upstreamPort}/v1/charges`,
    headers: { Authorization: `Bearer ${UPSTREAM_KEY}` },
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ general_settings: { pass_through_endpoints: [endpoint] } }));
  const command = [litellmMain, "--config", file, "--host", "127.0.0.1", "--port", String(port)];
  const env = { LITELLM_LOCAL_MODEL_COST_MAP: "True" };
  const server = await startServer({ name: "litellm", command, env, port, folder }, pin);
  return {
    ...server,
    name: "litellm",
    lanes: [{ name: "litellm", request: chargePlan({ body: JSON_BODY }) }],
  };
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function hasPortkey(): boolean {
  const folder = join(INSTALLED, "portkey");
  mkdirSync(folder, { recursive: true });
  return (
    existsSync(portkeyMain) ||
    runs("npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", PORTKEY)
  );
}

function hasLitellm(): boolean {
  const folder = join(INSTALLED, "litellm");
  if (existsSync(litellmMain)) return true;
  return runs("python3", "-m", "venv", folder) && runs(join(folder, "bin/pip"), "install", LITELLM);
}

export interface Peers {
  readonly starts: readonly StartTarget[];
  /** Those that could not be installed, in a sentence each. */
  readonly notes: readonly string[];
}

export const NO_PEERS: Peers = { starts: [], notes: [] };

/** Installs from npm and PyPI what is not there yet, which takes minutes the first time. */
export function installPeers(say: (progress: string) => void): Peers {
  const peers = [
    { name: "portkey", from: "npm", has: hasPortkey, start: startPortkey },
    { name: "litellm", from: "PyPI", has: hasLitellm, start: startLitellm },
  ];
  const found = peers.map((peer) => {
    say(`installing ${peer.name} from ${peer.from}`);
    return { ...peer, installed: peer.has() };
  });
  return {
    starts: found.filter(({ installed }) => installed).map(({ start }) => start),
    notes: found
      .filter(({ installed }) => !installed)
      .map(({ name, from }) => `${name} was left out: it could not be installed from ${from}.`),
  };
}
