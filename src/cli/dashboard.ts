/** @file `willfit dashboard`, and `willfit` in a terminal: everything about a question on the whole screen. */
import type { Command } from "commander";
import type { Question } from "./dashboard/app/question.js";
import { headlineQuery } from "./headline.js";
import { addHelp, type HelpPage } from "./help.js";
import { addQueryOptions, type QueryFlags, queryFrom } from "./planOptions.js";
import { colorsFor, type Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: [
    "willfit dashboard",
    "willfit dashboard vit-l16 --batch 1k --on tpu-v3-8",
    "willfit dashboard --recipe vit-s16-90ep",
    "willfit dashboard --run runs/vit-s16-mnist-1",
  ],
  about: `
Every figure follows the keys: model, machine, batch, plan and the model's own options. ? shows all keys, q leaves. Elsewhere than
in a terminal it says what \`willfit fit\` says.

Without a model or a recipe it begins with siglip-b16 at a batch of 32k on tpu-v4x4.
`,
  readOn: "docs/dashboard.md.",
};

/** Whether a person looks at standard output and can press keys. */
export function hasScreen(env: NodeJS.ProcessEnv = process.env): boolean {
  return process.stdout.isTTY === true && process.stdin.isTTY === true && env.TERM !== "dumb";
}

/** Shows the dashboard until the person quits. Ink and React are loaded here, and only when they are to be shown. */
export async function showDashboard(
  terminal: Terminal,
  question: Question = headlineQuery,
  watch?: string,
): Promise<void> {
  // React's development build is several times slower, and keeps a measurement of every frame.
  process.env.NODE_ENV ??= "production";
  const { openLane } = await import("./dashboard/app/asker.js");
  // Threads load the simulator while this one loads ink.
  const lanes = { quick: openLane(), thorough: openLane() };
  const { openApp } = await import("./dashboard/app/openApp.js");
  const notes = await openApp(question, {
    input: process.stdin,
    output: process.stdout,
    colors: colorsFor(process.stdout, process.env),
    lanes,
    ...(watch !== undefined && { watch }),
  });
  notes.forEach(terminal.note);
}

interface DashboardFlags extends QueryFlags {
  readonly run?: string;
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  addQueryOptions(command, { json: false })
    .optionsGroup("Run options:")
    .option("--run <folder>", "a training run to follow, wherever it was started")
    .action(async (model: string | undefined, flags: DashboardFlags) => {
      // An option without a model is a question that is not whole, not one to pass over.
      const isAsked = model !== undefined || Object.keys(flags).some((name) => name !== "run");
      const question = isAsked
        ? { ...queryFrom(model, flags), ...(flags.recipe !== undefined && { recipe: flags.recipe }) }
        : headlineQuery;
      // What there is not is told before the screen is taken.
      const { buildModel } = await import("../models/zoo.js");
      const { loadHardware } = await import("../../sim/hardware.js");
      buildModel(question.model, question.modelOptions);
      loadHardware(question.hardware);
      if (flags.run !== undefined) (await import("../../train/runFile.js")).readRunFile(flags.run);
      if (hasScreen()) return showDashboard(terminal, question, flags.run);
      const simulator = await import("../../sim/fit.js");
      const answer = simulator.fit(question);
      terminal.note("no terminal to draw on: what willfit fit says instead");
      const { fitText } = await import("./reportText.js");
      terminal.print(fitText(answer, terminal));
    });
}
