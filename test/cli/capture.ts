/** @file Runs the command line in this process and keeps what it wrote. */
import { run } from "../../src/cli/program.js";
import type { Io } from "../../src/cli/terminal.js";

export interface Captured {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly columns?: number;
  readonly isTTY?: boolean;
  readonly env?: Io["env"];
}

/** Runs `willfit` with arguments as they are, or in a line with spaces between them. */
export async function willfit(
  line: string | readonly string[],
  around: Surroundings = {},
): Promise<Captured> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTTY: around.isTTY,
    columns: around.columns,
  });
  const argv = typeof line === "string" ? line.split(" ").filter((argument) => argument !== "") : line;
  const io: Io = { stdout: stream("stdout"), stderr: stream("stderr"), env: around.env ?? {} };
  const status = await run(argv, io);
  return { status, ...written };
}
