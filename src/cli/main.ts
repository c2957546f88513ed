#!/usr/bin/env node
/** @file The executable: hands the process's arguments and streams to the program. */
import { run } from "./program.js";

// `willfit … | head` closes our output early; that is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

// The status is left for node to exit with, once everything written to a pipe is through.
process.exitCode = await run(process.argv.slice(2), process);
