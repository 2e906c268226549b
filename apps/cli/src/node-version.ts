/** What runs the proxy or the emulator needs more of Node than what talks to them. */
const SERVERS: ReadonlySet<string | undefined> = new Set(["serve", "dev", "emulator", "crash-test"]);
/** For `node:sqlite` and explicit resource management; `engines` of the package says the same. */
const NEEDED_TO_SERVE = 24;
const NEEDED = 20;

/** Why this Node cannot run this command line, and what to do; null when it can. */
export function nodeProblem(version: string, argv: readonly string[]): string | null {
  const [command] = argv;
  const serves = SERVERS.has(command);
  const needed = serves ? NEEDED_TO_SERVE : NEEDED;
  if (Number(version.split(".")[0]) >= needed) return null;
  const what = serves ? `keybrake ${command}` : "keybrake";
  const how = `npx -y -p node@${NEEDED_TO_SERVE} -p keybrake ${what}`;
  return `${what} needs Node ${needed} or newer, and this is Node ${version}. Install one, or run: ${how} …`;
}
