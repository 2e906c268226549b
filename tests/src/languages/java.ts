import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { basename, delimiter, join } from "node:path";
import { promisify } from "node:util";
import { type Command, type Language, PROGRAMS, runTool } from "./language.ts";

const SOURCES = join(PROGRAMS, "java");

/** Compiles one source into the folder, with what it needs, and answers how to start its class. */
async function compile(source: string, folder: string): Promise<Command> {
  const libraries = join(folder, "libraries");
  const fetched = `-DoutputDirectory=${libraries}`;
  await runTool(["mvn", "--quiet", "--batch-mode", "dependency:copy-dependencies", fetched], {
    cwd: SOURCES,
  });
  const path = [folder, join(libraries, "*")].join(delimiter);
  await runTool(["javac", "-cp", path, "-d", folder, source], { cwd: folder });
  return ["java", "-cp", path, basename(source, ".java")];
}

export const JAVA: Language = {
  name: "java",
  package: "stripe-java",
  tools: [
    ["javac", "-version"],
    ["mvn", "-version"],
  ],
  build: (folder) => compile(join(SOURCES, "Agent.java"), folder),
  async runPage({ source, folder, env }) {
    const file = join(folder, "Page.java");
    await writeFile(file, source);
    const [java, ...args] = await compile(file, folder);
    const { stdout } = await promisify(execFile)(java, args, { env: { ...process.env, ...env } });
    return stdout;
  },
  baseOf: (root) => `${root}/stripe`,
  kinds: {
    notAllowed: "PermissionException",
    revoked: "AuthenticationException",
    cap: "RateLimitException",
    capAs402: "CardException",
    possibleRepeat: "ApiException",
    storeDown: "ApiException",
    lostAnswer: "ApiException",
    unreachable: "ApiConnectionException",
  },
  retries: 0,
  retriesAnswers: true,
};
