import { runAdapterContract } from "@keybrake/contract";
import { langchain } from "../test/driver.ts";

runAdapterContract(langchain);
