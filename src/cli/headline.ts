/** @file `willfit` without arguments: one question answered, and questions to go on with. */
import type { Query } from "../../sim/query.js";
import type { Terminal } from "./terminal.js";

const questions = [
  ["How large a batch then, and how fast?", "willfit fit siglip-b16 --batch 4k --on tpu-v4x4 --remat block"],
  ["How long is a step of the plain ViT baseline?", "willfit predict vit-s16 --batch 1k --on tpu-v3-8"],
  [
    "Where do the milliseconds of ResNet-50 go?",
    "willfit explain resnet50 --batch 1k --on tpu-v3-8 --pass time",
  ],
  ["What does it know about the chip, and from where?", "willfit hardware tpu-v4x4"],
  ["Which models are there?", "willfit models"],
] as const;

/** Will a 32k batch fit? */
export const headlineQuery: Query = {
  model: "siglip-b16",
  modelOptions: {},
  hardware: "tpu-v4x4",
  plan: {},
  globalBatch: 32 * 1024,
};

export async function headline(terminal: Terminal): Promise<void> {
  const [simulator, { fitText }] = await Promise.all([import("../../sim/fit.js"), import("./reportText.js")]);
  const { colors } = terminal;
  const answer = terminal.during("simulating, and searching the largest batch", () =>
    simulator.fit(headlineQuery),
  );
  terminal.print(
    `${colors.bold("Will a 32k batch fit?")}  ${colors.dim("willfit fit siglip-b16 --batch 32k --on tpu-v4x4")}\n`,
  );
  terminal.print(fitText(answer, terminal));
  terminal.print(`\n${colors.bold("More questions")}`);
  for (const [question, command] of questions) terminal.print(`  ${question}\n    ${colors.cyan(command)}`);
}
