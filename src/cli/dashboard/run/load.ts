/** @file Opens the dashboard where there is a terminal for it. Ink and React are loaded here, and only when they are to be shown. */
import type { TrainingOptions } from "../../../../train/setup.js";
import { dryRun } from "../../dryRun.js";
import { hostOn } from "../../hostOn.js";
import { colorsFor, type Terminal } from "../../terminal.js";
import type { TrainView } from "../../trainView.js";
import { factsOf } from "./facts.js";

/** Whether a person looks at the stream that the dashboard is drawn on. */
export function canShowDashboard(
  output: Pick<NodeJS.WriteStream, "isTTY"> = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  return output.isTTY === true && env.TERM !== "dumb";
}

/** What computes, of which version. */
export interface BackendVersion {
  readonly name: string;
  readonly version: string;
}

/**
 * The run on the whole screen. It is drawn on standard error: standard output is for the answer.
 *
 * @param backend what computes
 * @param said what the person has been told so far
 */
export async function openDashboard(
  options: TrainingOptions,
  { backend, said, terminal }: { backend: BackendVersion; said: readonly string[]; terminal: Terminal },
): Promise<TrainView> {
  const hardware = hostOn(backend.name);
  const answer = terminal.during("simulating", () => dryRun(options, hardware));
  const facts = factsOf(options, answer, {
    backend: `${backend.name} ${backend.version}`,
    isOfBackend: hardware !== undefined,
  });
  // React's development build is several times slower, and keeps a measurement of every frame.
  process.env.NODE_ENV ??= "production";
  const { dashboardView } = await import("./dashboardView.js");
  return dashboardView(facts, {
    input: process.stdin,
    output: process.stderr,
    colors: colorsFor(process.stderr, process.env),
    said,
    note: terminal.note,
  });
}
