import { runAdapterContract } from "@keybrake/contract";
import { axAdapter } from "../test/driver.ts";

runAdapterContract(axAdapter);
