/** @file `willfit models`: what there is to predict and train, with what is known of each. */
import type { Command } from "commander";
import { multiplyAddCount, parameterCount } from "../models/count.js";
import type { Family, ModelOptions } from "../models/options.js";
import { optionFlag } from "../models/options.js";
import { buildModel, zoo } from "../models/zoo.js";
import { type PublishedResult, publishedResults } from "../recipes/results.js";
import { traceForward } from "../transforms/trainingStep.js";
import { nearestName } from "../units/nearestName.js";
import { formatCount, formatMagnitude } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { addHelp, type HelpPage } from "./help.js";
import type { Column } from "./table.js";
import { printJson, type Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: ["willfit models", "willfit models vit", "willfit models botnet-t7", "willfit models --json"],
  about: `
Parameters and multiply-adds (forward, one example) of each model with the options that it has by itself, and what was
published of it. Of one model all its options with their values, which the options of other commands change.
`,
  readOn: `\`willfit recipes\`, how they were trained; \`willfit compare\`, some of them side by side.`,
};

interface ModelFacts {
  readonly name: string;
  readonly family: Family;
  readonly description: string;
  readonly paper: string;
  readonly params: number;
  /** One example. */
  readonly forwardMultiplyAdds: number;
  readonly image: number;
  readonly published?: PublishedResult;
  readonly options: ModelOptions;
}

function factsOf(name: string): ModelFacts {
  const model = buildModel(name);
  const { family, description, paper } = zoo[name]!;
  const forward = traceForward(model, 1, "bf16");
  const published = publishedResults[name];
  return {
    name,
    family,
    description,
    paper,
    params: parameterCount(forward),
    forwardMultiplyAdds: multiplyAddCount(forward),
    image: model.image,
    ...(published && { published }),
    options: model.options,
  };
}

/** Models that go by a name, a family or the beginning of names. @throws UserError when there are none */
function named(text: string): readonly string[] {
  const names = Object.keys(zoo);
  const found = names.filter((name) => zoo[name]!.family === text || name.startsWith(text));
  if (names.includes(text)) return [text];
  if (found.length > 0) return found;
  throw new UserError(`unknown model "${text}"; ${nearestName(text, names)}`);
}

/** A longer group is shown by its published models only, unless it is asked for. */
const LONGEST_GROUP = 12;

const longestName = Math.max(...Object.keys(zoo).map(({ length }) => length));

async function printGroups(models: readonly ModelFacts[], whole: boolean, terminal: Terminal): Promise<void> {
  const { table } = await import("./table.js");
  const columns: readonly Column[] = [
    { heading: "model", least: longestName },
    { heading: "parameters", align: "right" },
    { heading: "multiply-adds", align: "right" },
    { heading: "image", align: "right" },
    { heading: "published", wraps: true },
  ];
  const continued = columns.map((column) => ({
    ...column,
    heading: "",
    least: column.least ?? column.heading.length,
  }));
  const headingOf = ({ description, paper }: ModelFacts) => `${description} (${paper})`;
  for (const heading of new Set(models.map(headingOf))) {
    const members = models.filter((model) => headingOf(model) === heading);
    const shown =
      whole || members.length <= LONGEST_GROUP ? members : members.filter(({ published }) => published);
    const rows = shown.map(({ name, params, forwardMultiplyAdds, image, published }) => [
      name,
      formatMagnitude(params),
      formatMagnitude(forwardMultiplyAdds),
      String(image),
      published?.result ?? "",
    ]);
    const isFirst = members[0] === models[0];
    terminal.print(terminal.colors.bold(heading));
    terminal.print(table(isFirst ? columns : continued, rows, terminal));
    const others = members.length - shown.length;
    const family = members[0]!.family;
    if (others > 0) terminal.print(terminal.colors.dim(`… and ${others} more: willfit models ${family}`));
    terminal.print("");
  }
  terminal.print(
    terminal.colors.dim("Multiply-adds: forward, one example. Options of one: willfit models MODEL"),
  );
}

function printOne(model: ModelFacts, { print, colors }: Terminal): void {
  const { name, description, paper, params, forwardMultiplyAdds, published } = model;
  print(`${colors.bold(name)}: ${description} (${paper})`);
  print(`${formatCount(params)} parameters, ${formatMagnitude(forwardMultiplyAdds)} multiply-adds forward`);
  if (published) {
    const { result, conditions, source } = published;
    print(`published: ${[result, conditions, source].filter((part) => part !== undefined).join("; ")}`);
  }
  print("");
  for (const [option, value] of Object.entries(model.options))
    print(`  ${optionFlag(option).padEnd(16)} ${value}`);
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  command
    .argument("[model]", "one of them, with its options; or the beginning of several names")
    .option("--json", "one JSON object, for programs")
    .action(async (text: string | undefined, { json }: { readonly json?: boolean }) => {
      const models = (text === undefined ? Object.keys(zoo) : named(text)).map(factsOf);
      const [only] = models;
      if (text !== undefined && models.length === 1)
        return json ? printJson(terminal, only!) : printOne(only!, terminal);
      if (json) return printJson(terminal, { models });
      await printGroups(models, text !== undefined, terminal);
    });
}
