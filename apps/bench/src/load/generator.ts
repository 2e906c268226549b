import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { stopChild } from "../process/server-process.ts";
import type { GeneratorMessage, RunFigures, RunPlan } from "./run-plan.ts";

/** The load generator, in a process of its own. */
export interface Generator extends AsyncDisposable {
  readonly pid: number;
  /** One plan at a time. `onBegin` is called when the measured part begins. */
  run(plan: RunPlan, onBegin?: () => void): Promise<RunFigures>;
}

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

export function startGenerator(pin: readonly string[]): Generator {
  const [file = "", ...args] = [...pin, process.execPath, MAIN];
  const child = spawn(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return {
    pid: child.pid ?? 0,
    run(plan, onBegin = () => {}) {
      return new Promise((resolve, reject) => {
        const onExit = () => reject(new Error("the load generator ended"));
        const onMessage = (message: GeneratorMessage) => {
          if (message.type === "began") {
            onBegin();
            return;
          }
          child.off("message", onMessage);
          child.off("exit", onExit);
          resolve(message.figures);
        };
        child.on("message", onMessage);
        child.once("exit", onExit);
        child.send(plan);
      });
    },
    [Symbol.asyncDispose]: () => stopChild(child),
  };
}
