/**
 * @file The verifier: what every program must satisfy, checked between passes by the tests.
 */
import { formatOperation } from "../program/print.js";
import { formatType, type Program, sameType, type ValueId } from "../program/types.js";
import { inferTypes } from "./definition.js";
import { definitionOf } from "./registry.js";

/**
 * Checks that every value is defined once and before its use, that every operation's shape rule gives the
 * types on record, and that donated inputs are replaced by values of their own type.
 *
 * @throws Error naming the first operation that is wrong
 */
export function verify(program: Program): void {
  const defined = new Set<ValueId>(program.inputs.map(({ value }) => value));
  for (const operation of program.operations) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${formatOperation(program, operation)}`);
    };
    for (const operand of operation.operands) {
      if (!defined.has(operand)) fail(`%${operand} is used before it is defined`);
    }
    const types = inferTypes(
      operation.name,
      definitionOf(operation),
      operation.operands.map((operand) => program.types[operand]!),
      operation.attributes,
      operation.scope,
    );
    operation.results.forEach((result, i) => {
      if (defined.has(result)) fail(`%${result} is defined twice`);
      if (!sameType(types[i]!, program.types[result]!)) fail(`the shape rule gives ${formatType(types[i]!)}`);
      defined.add(result);
    });
  }
  for (const { name, value, replaces } of program.outputs) {
    if (!defined.has(value)) throw new Error(`output ${name} is never computed`);
    const input = replaces === undefined ? undefined : program.inputs[replaces];
    if (input && !sameType(program.types[input.value]!, program.types[value]!)) {
      throw new Error(`output ${name} does not have the type of the input it replaces`);
    }
  }
}
