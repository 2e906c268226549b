import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, type ServerProcess, startServer } from "../process/server-process.ts";
import { chargePlan, type StartTarget, type Surroundings, type Target, UPSTREAM_KEY } from "./target.ts";

/** What forwards and decides nothing: the measures that Keybrake is held against. */

/** No proxy at all: the most that load generator and upstream can do, and so the ceiling of every other figure. */
export async function startDirect({ upstreamPort }: Surroundings): Promise<Target> {
  return {
    name: "direct",
    port: upstreamPort,
    pid: null,
    startMs: 0,
    lanes: [{ name: "direct", request: chargePlan() }],
    async [Symbol.asyncDispose]() {},
  };
}

const BARE = fileURLToPath(new URL("./bare-main.ts", import.meta.url));

/** The process of `bare-main.ts`: node:http and undici. */
export async function bareServer({ upstreamPort, folder, pin }: Surroundings): Promise<ServerProcess> {
  const port = await freePort();
  const command = [process.execPath, BARE, String(port), String(upstreamPort), UPSTREAM_KEY];
  return await startServer({ name: "bare", command, port, folder }, pin);
}

export async function startBare(surroundings: Surroundings): Promise<Target> {
  const server = await bareServer(surroundings);
  return { ...server, name: "bare", lanes: [{ name: "bare", request: chargePlan() }] };
}

function nginxConfiguration(port: number, upstreamPort: number, folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return `${process.getuid?.() === 0 ? "user root;" : ""}
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; ${temporary.join(" ")}
  upstream stripe { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://stripe; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Authorization "Bearer ${UPSTREAM_KEY}";
    }
  }
}
`;
}

/** nginx with one worker, as a reverse proxy that replaces the credential. */
async function startNginx({ upstreamPort, folder, pin }: Surroundings): Promise<Target> {
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(file, nginxConfiguration(port, upstreamPort, folder));
  const command = ["nginx", "-p", folder, "-e", "stderr", "-c", file];
  const server = await startServer({ name: "nginx", command, port, folder }, pin);
  return { ...server, name: "nginx", lanes: [{ name: "nginx", request: chargePlan() }] };
}

/** Null where nginx is not installed. */
export function findNginx(): StartTarget | null {
  return spawnSync("nginx", ["-v"]).status === 0 ? startNginx : null;
}
