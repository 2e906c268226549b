import { runAdapterContract } from "@keybrake/contract";
import { mastra } from "../test/driver.ts";

runAdapterContract(mastra);
