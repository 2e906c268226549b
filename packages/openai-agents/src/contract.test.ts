import { runAdapterContract } from "@keybrake/contract";
import { openaiAgents } from "../test/driver.ts";

runAdapterContract(openaiAgents);
