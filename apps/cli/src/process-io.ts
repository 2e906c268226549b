import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { styleText } from "node:util";
import type { Io, Output } from "./io.ts";

function output(stream: NodeJS.WriteStream): Output {
  return {
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    get rows() {
      return stream.isTTY ? stream.rows : undefined;
    },
    write: (text) => new Promise((resolve) => stream.write(text, () => resolve())),
    style: (format, text) => styleText(format, text, { stream }),
  };
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = (signal: "SIGINT" | "SIGTERM") => {
    // The shell's convention: 128 and the signal's number.
    if (stop.signal.aborted) process.exit(128 + constants.signals[signal]);
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return stop.signal;
}

/** The real process. */
export function processIo(): Io {
  // `keybrake audit | head` closes the pipe early: that is the reader's right, not an error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  let stop: AbortSignal | undefined;
  return {
    env: process.env,
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    log: process.stderr,
    terminal:
      process.stdin.isTTY && process.stderr.isTTY ? { input: process.stdin, output: process.stderr } : null,
    fetch: (input, init) => fetch(input, init),
    clock: Date.now,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    stopSignal: () => {
      stop ??= stopSignal();
      return stop;
    },
  };
}
