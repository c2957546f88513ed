/** @file `willfit models`: what there is to predict and train. */
import type { Command } from "commander";
import { multiplyAddCount, parameterCount } from "../models/count.js";
import type { ModelOptions } from "../models/options.js";
import { optionFlag } from "../models/options.js";
import { buildModel, zoo } from "../models/zoo.js";
import { traceForward } from "../transforms/trainingStep.js";
import { formatCount, formatMagnitude } from "../units/quantity.js";
import { printJson, type Terminal } from "./terminal.js";

interface ModelFacts {
  readonly name: string;
  readonly description: string;
  readonly paper: string;
  readonly params: number;
  /** One example. */
  readonly forwardMultiplyAdds: number;
  readonly image: number;
  readonly options: ModelOptions;
}

function factsOf(name: string): ModelFacts {
  const model = buildModel(name);
  const { description, paper } = zoo[name]!;
  const forward = traceForward(model, 1, "bf16");
  return {
    name,
    description,
    paper,
    params: parameterCount(forward),
    forwardMultiplyAdds: multiplyAddCount(forward),
    image: model.image,
    options: model.options,
  };
}

async function printAll(models: readonly ModelFacts[], terminal: Terminal): Promise<void> {
  const { table } = await import("./table.js");
  const rows = models.map(({ name, params, forwardMultiplyAdds, image, description, paper }) => [
    name,
    formatMagnitude(params),
    formatMagnitude(forwardMultiplyAdds),
    String(image),
    paper,
    description,
  ]);
  const columns = [
    { heading: "model" },
    { heading: "parameters", align: "right" },
    { heading: "multiply-adds", align: "right" },
    { heading: "image", align: "right" },
    { heading: "paper" },
    { heading: "what it is", wraps: true },
  ] as const;
  terminal.print(table(columns, rows, terminal));
  terminal.print(
    terminal.colors.dim("\nMultiply-adds: forward, one example. Options of one: willfit models MODEL"),
  );
}

function printOne(model: ModelFacts, { print, colors }: Terminal): void {
  print(`${colors.bold(model.name)}: ${model.description} (${model.paper})`);
  print(
    `${formatCount(model.params)} parameters, ${formatMagnitude(model.forwardMultiplyAdds)} multiply-adds forward\n`,
  );
  for (const [name, value] of Object.entries(model.options))
    print(`  ${optionFlag(name).padEnd(14)} ${value}`);
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument("[model]", "one of them, with its options")
    .option("--json", "one JSON object, for programs")
    .action(async (name: string | undefined, { json }: { readonly json?: boolean }) => {
      if (name !== undefined) {
        // Checks the name.
        buildModel(name);
        const model = factsOf(name);
        return json ? printJson(terminal, model) : printOne(model, terminal);
      }
      const models = Object.keys(zoo).map(factsOf);
      if (json) return printJson(terminal, { models });
      await printAll(models, terminal);
    });
}
