/**
 * Writes `docs/api/<package>.api.md`: the public exports of every package, from its built types, so that a change of
 * the public surface shows in review. `--check` writes nothing and fails when a report is out of date. Needs a build.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
  type IExtractorConfigPrepareOptions,
} from "@microsoft/api-extractor";
import { ROOT, type WorkspacePackage, workspacePackages } from "../scripts/workspace.ts";
import { problemsOf, report, say } from "./packages/command.ts";

const FOLDER = join(ROOT, "docs/api");

function prepare({ folder, manifest }: WorkspacePackage, temporary: string): ExtractorConfig {
  const short = manifest.name.replace("@keybrake/", "");
  const options: IExtractorConfigPrepareOptions = {
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, folder, "package.json"),
    configObject: {
      projectFolder: join(ROOT, folder),
      mainEntryPointFilePath: "<projectFolder>/dist/index.d.ts",
      newlineKind: "lf",
      compiler: {
        overrideTsconfig: {
          extends: join(ROOT, "tsconfig.base.json"),
          compilerOptions: {
            lib: ["es2024", "esnext.disposable", "dom", "dom.iterable"],
            types: ["node"],
            noEmit: true,
            rewriteRelativeImportExtensions: false,
          },
          files: [join(ROOT, folder, "dist/index.d.ts")],
        },
      },
      apiReport: {
        enabled: true,
        reportFolder: FOLDER,
        reportTempFolder: temporary,
        reportFileName: `${short}.api.md`,
      },
      messages: {
        // What is exported and names what is not shows in the report itself; the rest is matter of taste.
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.None },
          "ae-forgotten-export": { logLevel: ExtractorLogLevel.None, addToApiReportFile: true },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  };
  return ExtractorConfig.prepare(options);
}

function apiReport(workspacePackage: WorkspacePackage, write: boolean, temporary: string): void {
  const config = prepare(workspacePackage, temporary);
  const problems: string[] = [];
  const result = Extractor.invoke(config, {
    localBuild: write,
    messageCallback: (message: ExtractorMessage) => {
      if (message.logLevel === "error") problems.push(message.text);
      // One line of ours instead.
      message.handled = true;
    },
  });
  if (!write && result.apiReportChanged) {
    const lines = (file: string) => new Set(readFileSync(file, "utf8").split("\n"));
    const before = lines(config.reportFilePath);
    const after = lines(config.reportTempFilePath);
    const gone = [...before].filter((line) => !after.has(line)).map((line) => `- ${line}`);
    const come = [...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`);
    const changes = [...gone, ...come].slice(0, 30).join("\n  ");
    problems.push(`public exports changed; if that is meant, run \`pnpm api:write\`\n  ${changes}`);
  }
  if (problems.length > 0) throw new Error(problems.join("\n  "));
}

/** Writes the reports, or compares them. Answers with what is wrong. */
export async function apiReports({ write }: { readonly write: boolean }): Promise<string[]> {
  mkdirSync(FOLDER, { recursive: true });
  const temporary = mkdtempSync(join(tmpdir(), "keybrake-api-"));
  const libraries = workspacePackages().filter(
    ({ manifest }) => manifest.private !== true && manifest.bin === undefined,
  );
  try {
    const found: string[] = [];
    for (const library of libraries)
      found.push(
        ...(await problemsOf(`API report of ${library.manifest.name}`, async () =>
          apiReport(library, write, temporary),
        )),
      );
    return found;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const write = !process.argv.includes("--check");
  const problems = await apiReports({ write });
  say(write ? "docs/api written" : `docs/api: ${problems.length === 0 ? "up to date" : "out of date"}`);
  report(problems);
}
