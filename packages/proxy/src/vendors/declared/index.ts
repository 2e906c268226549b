export { declareVendor } from "./declare-vendor.ts";
export type { Description } from "./description.ts";
export {
  descriptionJsonSchema,
  type Problem,
  type ReadDescription,
  readDescription,
} from "./read-description.ts";
