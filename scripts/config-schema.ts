import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configJsonSchema } from "../packages/proxy/src/config/json-schema.ts";
import { ROOT } from "./workspace.ts";

/**
 * The JSON schema of `keybrake.yaml`, which editors read: made from the schema that validates. Run as a script it writes
 * the file; `config-schema.test.ts` fails when the file is another.
 */
export const SCHEMA_FILE = join(ROOT, "apps/cli/keybrake.schema.json");

export function configSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

if (import.meta.main) writeFileSync(SCHEMA_FILE, configSchemaText());
