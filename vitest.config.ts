import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const REPORT = process.env.KEYBRAKE_TEST_REPORT ?? ".reports/vitest.json";

/** Reads every getter that it can reach, also those that keep what they are read with: a process of its own. */
const APART = ["packages/core/src/no-key-leaks.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: [
            "{packages,apps}/*/src/**/*.test.ts",
            "tests/src/**/*.test.ts",
            "scripts/**/*.test.ts",
            "checks/release/*.test.ts",
          ],
          exclude: APART,
          // A worker runs one file after the other: to start one for each, and to load everything anew, was a fifth of a
          // run's work. So a test leaves its process (environment, clocks, globals) as it was.
          isolate: false,
        },
      },
      { extends: true, test: { name: "apart", include: APART } },
    ],
    // More than there are cores: most tests wait for sockets, files, timers and children most of the time.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // Hundreds of tests start a process of ours or of a framework's: each source is compiled once for all of them.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url)) },
    // Real sockets, real files and child processes: slow machines need the room.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // One file for each run of a gate, which adds them up: a flag would not stand over what is written here.
    reporters: process.env.CI ? ["default", ["json", { outputFile: REPORT }]] : ["default"],
  },
});
