/**
 * @file A program as text, one operation a line, for people and for tests.
 */
import { formatType, type Operation, type Program } from "./types.js";

function formatAttributes(operation: Operation): string {
  const entries = Object.entries(operation.attributes).filter(([key]) => key !== "type");
  const text = entries.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(" ");
  return text === "" ? "" : ` {${text}}`;
}

/** `%7 = add(%5, %6) : f32[2,3]  // forward head/bias` */
export function formatOperation(program: Program, operation: Operation): string {
  const results = operation.results.map((value) => `%${value}`).join(", ");
  const operands = operation.operands.map((value) => `%${value}`).join(", ");
  const types = operation.results.map((value) => formatType(program.types[value]!)).join(", ");
  const origin = `${operation.phase} ${operation.scope}`;
  return `${results} = ${operation.name}(${operands})${formatAttributes(operation)} : ${types}  // ${origin}`;
}

/** The whole program: inputs, operations, outputs. */
export function formatProgram(program: Program): string {
  const inputs = program.inputs.map(
    ({ name, role, value }) => `%${value} = input : ${formatType(program.types[value]!)}  // ${role} ${name}`,
  );
  const operations = program.operations.map((operation) => formatOperation(program, operation));
  const outputs = program.outputs.map(({ name, value }) => `output ${name} = %${value}`);
  return [
    `program ${program.name} on ${program.replicas} device(s)`,
    ...inputs,
    ...operations,
    ...outputs,
  ].join("\n");
}
