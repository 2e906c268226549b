import { execFile } from "node:child_process";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Language, PROGRAMS, runTool } from "./language.ts";

const SOURCES = join(PROGRAMS, "go");

export const GO: Language = {
  name: "go",
  package: "stripe-go",
  tools: [["go", "version"]],
  async build(folder) {
    await runTool(["go", "build", "-o", join(folder, "agent"), "."], { cwd: SOURCES });
    return [join(folder, "agent")];
  },
  async runPage({ source, folder, env }) {
    await cp(SOURCES, folder, { recursive: true });
    await writeFile(join(folder, "main.go"), source);
    await runTool(["go", "build", "-o", "page", "."], { cwd: folder });
    const { stdout } = await promisify(execFile)(join(folder, "page"), [], {
      env: { ...process.env, ...env },
    });
    return stdout;
  },
  baseOf: (root) => root,
  kinds: {
    notAllowed: "invalid_request_error",
    revoked: "invalid_request_error",
    cap: "rate_limit_error",
    capAs402: "invalid_request_error",
    possibleRepeat: "idempotency_error",
    storeDown: "api_error",
    lostAnswer: "api_error",
    unreachable: "network",
  },
  retries: 2,
  retriesAnswers: false,
};
