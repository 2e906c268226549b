import { runAdapterContract } from "@keybrake/contract";
import { llamaindex } from "../test/driver.ts";

runAdapterContract(llamaindex);
