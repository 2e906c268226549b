import { z } from "zod";
import { configSchema } from "./config-schema.ts";

/** The JSON schema (draft 7, which editors know) of `keybrake.yaml`. Conditions that it cannot say, the reader checks. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { io: "input", target: "draft-7", reused: "inline" });
  return { title: "keybrake.yaml", ...schema };
}
