import { plainLoop } from "./plain-loop.ts";
import { runAdapterContract } from "./run-adapter-contract.ts";

runAdapterContract(plainLoop);
