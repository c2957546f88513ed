/**
 * @file A program as a StableHLO module: what XLA compiles, and what JAX runs on any number of TPUs or GPUs.
 *
 * The module is one device's program with a single function `main`. Its arguments and results are the program's inputs and
 * outputs in their order. What is carried from step to step is donated (`tf.aliasing_output`); names, roles and first
 * values ride along as `willfit.…` attributes, which XLA ignores, so that the text needs no companion.
 */
import type { Initializer, Operation, Program, ProgramInput, Shard, TensorType } from "../program/types.js";
import type { Form, Site } from "./form.js";
import { forms } from "./forms.js";
import { opName } from "./opName.js";
import { floatLiteral, quoted, tensorType, type Value } from "./text.js";

/** `{kind = "normal", stddev = 0.02 : f64, truncated = true}` */
function initializerAttribute(initializer: Initializer): string {
  const entries = Object.entries(initializer).map(([key, value]) => {
    if (typeof value === "number") return `${key} = ${floatLiteral(value)} : f64`;
    return `${key} = ${typeof value === "string" ? quoted(value) : value}`;
  });
  return `{${entries.join(", ")}}`;
}

/** `{dimension = 0 : i64, replicas = 8 : i64}` */
function shardAttribute({ dimension, replicas }: Shard): string {
  return `{dimension = ${dimension} : i64, replicas = ${replicas} : i64}`;
}

/** `%arg0: tensor<384xf32> {tf.aliasing_output = 1 : i32, …}` */
function argument(input: ProgramInput, { type, name }: Value, replacedBy: number): string {
  const attributes = [
    ...(replacedBy === -1 ? [] : [`tf.aliasing_output = ${replacedBy} : i32`]),
    `willfit.name = ${quoted(input.name)}`,
    `willfit.role = ${quoted(input.role)}`,
    ...(input.initializer ? [`willfit.initializer = ${initializerAttribute(input.initializer)}`] : []),
    ...(input.shard ? [`willfit.shard = ${shardAttribute(input.shard)}`] : []),
  ];
  return `${name}: ${tensorType(type)} {${attributes.join(", ")}} loc(${quoted(input.name)})`;
}

/** The lines of one operation: its own, after those of the helpers that it needs. */
function operationLines(
  operation: Operation,
  operands: readonly Value[],
  results: readonly TensorType[],
  replicas: number,
): string[] {
  const lines: string[] = [];
  const [first] = operation.results;
  const write = (left: string, text: string) => {
    lines.push(`    ${left} = ${text} loc(${quoted(opName(operation))})`);
  };
  const site: Site<typeof operation.name> = {
    attributes: operation.attributes,
    operands,
    results,
    replicas,
    define: (text, type) => {
      const name = `%helper${first}_${lines.length}`;
      write(name, text);
      return { name, type };
    },
  };
  // Form and attributes come from the one name.
  const form = forms[operation.name] as Form<typeof operation.name>;
  const text = form(site);
  write(resultBinding(operation), text);
  return lines;
}

/** The left-hand side: `%12`, `%12:3` for three results, `%values12, %12` where StableHLO gives more than we keep. */
function resultBinding({ name, results }: Operation): string {
  const [first] = results;
  if (name === "topK") return `%values${first}, %${first}`;
  return results.length === 1 ? `%${first}` : `%${first}:${results.length}`;
}

/** How a value is referred to: `%arg3`, `%12`, or `%12#1` for the second result of several. */
function valueNames(program: Program): readonly string[] {
  const names: string[] = new Array(program.types.length);
  program.inputs.forEach(({ value }, i) => {
    names[value] = `%arg${i}`;
  });
  for (const { results } of program.operations) {
    results.forEach((value, i) => {
      names[value] = results.length === 1 ? `%${value}` : `%${results[0]}#${i}`;
    });
  }
  return names;
}

/** @returns the text of the module, which XLA's parser takes as it is */
export function printModule(program: Program): string {
  const names = valueNames(program);
  const reference = (id: number): Value => ({ name: names[id]!, type: program.types[id]! });
  const results = program.outputs.map(({ value }) => reference(value));
  const types = results.map(({ type }) => tensorType(type));

  const replacedBy = new Map(program.outputs.map(({ replaces }, i) => [replaces, i]));
  const args = program.inputs.map((input, i) =>
    argument(input, reference(input.value), replacedBy.get(i) ?? -1),
  );
  const returned = program.outputs.map(({ name }, i) => `${types[i]} {willfit.name = ${quoted(name)}}`);
  const operations = program.operations.flatMap((operation) =>
    operationLines(
      operation,
      operation.operands.map(reference),
      operation.results.map((id) => program.types[id]!),
      program.replicas,
    ),
  );
  return [
    `module @step attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = ${program.replicas} : i32, willfit.program = ${quoted(program.name)}} {`,
    `  func.func public @main(\n    ${args.join(",\n    ")}\n  ) -> (\n    ${returned.join(",\n    ")}\n  ) {`,
    ...operations,
    `    return ${results.map(({ name }) => name).join(", ")} : ${types.join(", ")}`,
    "  }",
    "}",
    "",
  ].join("\n");
}
