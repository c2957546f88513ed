/**
 * @file Gathers in the type that is read: where all that reads a gathered value converts it to a narrower type, each device converts
 * its own part first, and half as many bytes are sent. The same values come out.
 */
import {
  BYTES_PER_ELEMENT,
  type DType,
  type Operation,
  type Program,
  type TensorType,
  type ValueId,
} from "../program/types.js";

/** The converting readers of each value that nothing else reads. */
function convertingReaders(program: Program): ReadonlyMap<ValueId, readonly Operation<"convert">[]> {
  const converting = new Map<ValueId, Operation<"convert">[]>();
  const otherwise = new Set(program.outputs.map(({ value }) => value));
  for (const operation of program.operations) {
    const [first] = operation.operands;
    if (operation.name === "convert") converting.set(first!, [...(converting.get(first!) ?? []), operation]);
    else for (const operand of operation.operands) otherwise.add(operand);
  }
  return new Map([...converting].filter(([value]) => !otherwise.has(value)));
}

/** The one type that all of some converts make, if it is narrower than `dtype`. */
function narrowerType(dtype: DType, converts: readonly Operation<"convert">[]): DType | undefined {
  const [narrow, ...others] = new Set(converts.map(({ attributes }) => attributes.dtype));
  if (narrow === undefined || others.length > 0) return undefined;
  return BYTES_PER_ELEMENT[narrow] < BYTES_PER_ELEMENT[dtype] ? narrow : undefined;
}

/** The program with every gather whose result is only converted done on what it is converted to. */
export function narrowGathers(program: Program): Program {
  const readers = convertingReaders(program);
  const types: TensorType[] = [...program.types];
  /** Converts that the gather now does; of several of one value all mean the result of the first. */
  const dropped = new Set<Operation>();
  const renamed = new Map<ValueId, ValueId>();
  const operations = program.operations.flatMap((operation): Operation[] => {
    if (dropped.has(operation)) return [];
    const operands = operation.operands.map((operand) => renamed.get(operand) ?? operand);
    const current = { ...operation, operands } as Operation;
    if (current.name !== "allGather") return [current];
    const part = operands[0]!;
    const converts = readers.get(current.results[0]!) ?? [];
    const dtype = narrowerType(types[part]!.dtype, converts);
    if (dtype === undefined) return [current];
    const narrowPart = types.push({ dtype, shape: types[part]!.shape }) - 1;
    const [result] = converts[0]!.results as readonly [ValueId];
    for (const convert of converts) {
      dropped.add(convert);
      renamed.set(convert.results[0]!, result);
    }
    const { scope, phase } = current;
    return [
      { name: "convert", operands: [part], attributes: { dtype }, results: [narrowPart], scope, phase },
      { ...current, operands: [narrowPart], results: [result] },
    ];
  });
  const outputs = program.outputs.map((output) => ({
    ...output,
    value: renamed.get(output.value) ?? output.value,
  }));
  return { ...program, types, operations, outputs };
}
