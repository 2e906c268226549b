import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,apps}/*/src/**/*.test.ts", "tests/src/**/*.test.ts", "scripts/**/*.test.ts"],
    // Every core, this process's own too: most tests wait for sockets, files and children most of the time.
    maxWorkers: "100%",
    // Real sockets, real files and child processes: slow machines need the room.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: process.env.CI ? ["default", ["json", { outputFile: ".reports/vitest.json" }]] : ["default"],
  },
});
