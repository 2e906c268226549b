import { runAdapterContract } from "@keybrake/contract";
import { aiSdk } from "../test/driver.ts";

runAdapterContract(aiSdk);
