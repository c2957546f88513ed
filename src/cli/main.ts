#!/usr/bin/env node
/** @file The executable: hands the process's arguments and streams to the program. */
import { fstatSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { writing } from "../writeWhole.js";
import { MALFORMED, run } from "./program.js";
import type { Output } from "./terminal.js";

const STANDARD_OUTPUT = "standard output";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // `willfit … | head` closes our output early; that is no error.
  if (error.code === "EPIPE") process.exit();
  process.stderr.write(`willfit: could not write ${STANDARD_OUTPUT}: ${error.message}\n`);
  process.exit(MALFORMED);
});
// Nobody reads the messages any more, or there is no room for them. The answer does not depend on them, nor does a training run.
process.stderr.on("error", () => {});

/** Node writes to a file once, and does not look how much of it found room there. */
function wholeOutput(): Output {
  const { stdout } = process;
  // As big integers: Node 20's realpath looks at the plain ones of the last call, and where these are a pipe's it leaves links
  // as they are, so that packages that are linked do not find theirs.
  const kind = fstatSync(stdout.fd, { bigint: true });
  const isFile = kind.isFile() || (kind.isCharacterDevice() && !stdout.isTTY);
  if (!isFile) return stdout;
  return { write: (text) => writing(STANDARD_OUTPUT, () => writeFileSync(stdout.fd, text)) };
}

try {
  homedir();
} catch {
  // A user that the system does not know, as in some containers, has the home that those give one: no settings.
  process.env.HOME = "/";
}

// The status is left for node to exit with, once everything written to a pipe is through.
process.exitCode = await run(process.argv.slice(2), {
  stdout: wholeOutput(),
  stderr: process.stderr,
  env: process.env,
});
