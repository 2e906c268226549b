/**
 * `pnpm check:deploy`: what is in deploy/, and what GitHub reads. Linters and schemas by Python's registry, systemd's
 * own check where it is, and the Dockerfile's steps performed in a folder: the proxy that comes of them serves, is healthy, and drains.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../scripts/workspace.ts";
import { type Built, build, parseDockerfile } from "./deploy/dockerfile.ts";

const DEPLOY = join(ROOT, "deploy");
const folder = mkdtempSync(join(tmpdir(), "keybrake-deploy-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function run(command: string, argv: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, argv, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${argv.join(" ")}: ${status}\n${stdout}${stderr}`);
  return stdout + stderr;
}

const isThere = (command: string) => spawnSync(command, ["--version"]).error === undefined;

/** What GitHub reads of this repository, by schema. An issue form that does not fit is silently not offered. */
const OF_GITHUB: readonly (readonly [string, RegExp])[] = [
  ["vendor.github-workflows", /^workflows\//],
  ["custom.github-workflows-require-timeout", /^workflows\//],
  ["vendor.dependabot", /^dependabot\.yml$/],
  ["vendor.github-issue-config", /^ISSUE_TEMPLATE\/config\.yml$/],
  ["vendor.github-issue-forms", /^ISSUE_TEMPLATE\/(?!config\.yml$)/],
];

function checkOfGithub(checkSchema: string): void {
  const folder = join(ROOT, ".github");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".yml"));
  for (const [schema, pattern] of OF_GITHUB) {
    const these = files.filter((file) => pattern.test(file)).map((file) => join(folder, file));
    if (these.length === 0) throw new Error(`.github: nothing to check with ${schema}`);
    run(checkSchema, ["--builtin-schema", schema, ...these]);
  }
  console.log(`.github: ${files.length} files fit their schemas`);
}

/** Linters that are Python packages. Without Python 3.11 they are left out, and it is said. */
function lint(): void {
  if (!isThere("python3.11")) {
    console.log("linters of Dockerfile, compose file and chart: left out, there is no python3.11");
    return;
  }
  const environment = join(ROOT, "checks", "deploy", ".venv");
  const bin = (name: string) => join(environment, "bin", name);
  if (!existsSync(bin("python"))) run("python3.11", ["-m", "venv", environment]);
  run(bin("python"), [
    "-m",
    "pip",
    "install",
    "-q",
    "-r",
    join(ROOT, "checks", "deploy", "requirements.txt"),
  ]);
  run(bin("hadolint"), ["--failure-threshold", "info", join(DEPLOY, "Dockerfile")]);
  console.log("Dockerfile: hadolint has nothing to say");
  run(bin("check-jsonschema"), ["--builtin-schema", "vendor.compose-spec", join(DEPLOY, "compose.yaml")]);
  console.log("compose.yaml: fits the schema");
  checkOfGithub(bin("check-jsonschema"));
  const chart = [join(ROOT, "checks", "deploy", "check_chart.py"), join(DEPLOY, "helm", "keybrake")];
  process.stdout.write(run(bin("python"), chart));
}

function checkUnit(): void {
  if (!isThere("systemd-analyze")) {
    console.log("keybrake.service: left out, there is no systemd-analyze");
    return;
  }
  // It looks for the command of ExecStart: this Node stands in for the one of the host.
  const unit = readFileSync(join(DEPLOY, "systemd", "keybrake.service"), "utf8");
  const copy = join(folder, "keybrake.service");
  execFileSync("tee", [copy], {
    input: unit.replace("/usr/bin/node", process.execPath),
    stdio: ["pipe", "ignore", "inherit"],
  });
  const said = run("systemd-analyze", ["verify", "--man=no", copy]).trim();
  if (said !== "") throw new Error(said);
  console.log("keybrake.service: systemd has nothing to say");
}

/** The files of the repository that .dockerignore lets through: those of the index, and never what lies about. */
function contextOf(): string {
  const context = join(folder, "context");
  const rules = readFileSync(join(ROOT, ".dockerignore"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const kept = rules.filter((rule) => rule.startsWith("!")).map((rule) => rule.slice(1));
  const left = rules.filter((rule) => rule.startsWith("**/")).map((rule) => rule.slice(3));
  const pattern = new RegExp(
    `(?:^|/)(?:${left.map((rule) => rule.replaceAll(".", "\\.").replaceAll("*", "[^/]*")).join("|")})(?:/|$)`,
  );
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  })
    .trim()
    .split("\n");
  for (const file of files) {
    if (!kept.some((path) => file === path || file.startsWith(`${path}/`)) || pattern.test(file)) continue;
    mkdirSync(dirname(join(context, file)), { recursive: true });
    cpSync(join(ROOT, file), join(context, file));
  }
  return context;
}

/** Runs what the image would, asks for its health as the image would, and stops it as Docker would. */
async function serve(built: Built): Promise<void> {
  const { root, workdir, env, cmd, healthcheck, user } = built;
  if (!/^[1-9]\d*:[1-9]\d*$/.test(user)) throw new Error(`USER ${user}: not a number other than root's`);
  const [command = "", ...argv] = cmd.map((word) => (word === "node" ? process.execPath : word));
  const settings = {
    ...env,
    KEYBRAKE_STORE: (env.KEYBRAKE_STORE ?? "").replace("/data", `${root}/data`),
    KEYBRAKE_PORT: "0",
    KEYBRAKE_ADMIN_KEY: "admin-key-of-the-image-check",
    STRIPE_SECRET_KEY: "sk_test_image0check",
    KEYBRAKE_STRIPE_URL: "http://127.0.0.1:9",
    KEYBRAKE_LOG_LEVEL: "warn",
  };
  const child = spawn(command, argv, {
    cwd: join(root, workdir),
    env: settings,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  const port = /^keybrake listening on http:\/\/0\.0\.0\.0:(\d+)/.exec(String(line))?.[1];
  if (port === undefined) throw new Error(`CMD: ${line}`);
  const [probe = "", ...probed] = healthcheck.map((word) => (word === "node" ? process.execPath : word));
  const health = (at: string) => spawnSync(probe, probed, { env: { KEYBRAKE_PORT: at } }).status;
  if (health(port) !== 0) throw new Error("HEALTHCHECK: not healthy");
  if (health("9") === 0) throw new Error("HEALTHCHECK: healthy without a proxy");
  const page = await fetch(`http://127.0.0.1:${port}/app`).then((answer) => answer.text());
  if (!page.includes('src="/app/assets/')) throw new Error(`/app: ${page.slice(0, 200)}`);
  child.kill("SIGTERM");
  const [code] = await ended;
  if (code !== 0) throw new Error(`SIGTERM: ended with ${code}`);
}

lint();
checkUnit();
const path = `${dirname(process.execPath)}:${process.env.PATH ?? ""}`;
const stages = parseDockerfile(readFileSync(join(DEPLOY, "Dockerfile"), "utf8"));
await serve(build(stages, { context: contextOf(), folder, path }));
console.log("Dockerfile: its steps make a proxy that serves, has its dashboard, is healthy and drains");
