/** A process of its own that makes one charge with core's tools: `second-process.ts` starts it. */
import { createToolset } from "@keybrake/core";

const { vaultKey, proxyUrl, runId, input } = JSON.parse(process.env.KEYBRAKE_CHARGE ?? "{}");
const tool = createToolset("billing", { vaultKey, proxyUrl, runId }).tools.find(
  ({ name }) => name === "create_charge",
);
process.stdout.write(JSON.stringify(await tool?.execute(input)));
