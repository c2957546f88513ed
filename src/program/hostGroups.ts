/**
 * @file Groups: operations of a program that the host runs together, as one or a few of TensorFlow's kernels. A group is a
 * choice of the executor's and no second definition: it is found in the program by its pattern, and whatever of its
 * inside is needed elsewhere is computed there operation by operation.
 *
 * The executor runs by this table and `hostMemory.ts` counts by it.
 */
import type { GroupKind } from "./hostPatterns/kind.js";
import { type GroupName, groupKinds } from "./hostPatterns/table.js";
import { type Match, matchAt, type ProgramGraph, programGraph } from "./pattern.js";
import type { Operation, Phase, Program, ValueId } from "./types.js";

/** What is run at once, as liveness and memory see it. */
interface Work {
  readonly scope: string;
  readonly phase: Phase;
  readonly operands: readonly ValueId[];
  readonly results: readonly ValueId[];
  /** Operands whose memory the results take: nothing reads them afterwards. */
  readonly consumed: readonly ValueId[];
}

export interface HostGroup extends Work {
  readonly name: GroupName;
  /** Constants of the pattern, by their names in it. */
  readonly constants: Readonly<Record<string, number>>;
  /** The operations that it stands for, the pattern's last one first. */
  readonly inside: readonly Operation[];
}

/** What the host runs at once: an operation, or a group of them. */
export interface HostStep extends Work {
  readonly name: string;
  /** One of the two. */
  readonly operation?: Operation;
  readonly group?: HostGroup;
}

/** A group, and the operation in whose place it runs. */
interface Placed {
  readonly at: number;
  readonly group: HostGroup;
}

function operationStep(operation: Operation): HostStep {
  const { name, scope, phase, operands, results } = operation;
  return { name, scope, phase, operands, results, consumed: [], operation };
}

function groupStep(group: HostGroup): HostStep {
  const { name, scope, phase, operands, results, consumed } = group;
  return { name, scope, phase, operands, results, consumed, group };
}

/** Where a group may run at the earliest: after all that it reads is there and all that it consumes is read by others. */
function earliest(
  { producer, readers }: ProgramGraph,
  operands: readonly ValueId[],
  consumed: readonly ValueId[],
  { operations }: Match,
): number {
  const inside = new Set(operations);
  const others = consumed.flatMap((value) =>
    (readers.get(value) ?? []).filter((reader) => !inside.has(reader)),
  );
  return 1 + Math.max(-1, ...operands.map((value) => producer.get(value) ?? -1), ...others);
}

/**
 * A match as a group: it runs where the first of its results was computed, or, if it consumes something, as early as it
 * can, when its operands were just made. Undefined if its operands come later.
 */
function place(graph: ProgramGraph, name: GroupName, kind: GroupKind, match: Match): Placed | undefined {
  const { program, producer } = graph;
  const valuesOf = (names: readonly string[]) => names.map((each) => match.values[each]!);
  const operands = valuesOf(kind.operands.filter((each) => match.values[each] !== undefined));
  const results = valuesOf(kind.results);
  const consumed = valuesOf(kind.consumed ?? []);
  const isFloat = (value: ValueId) => ["f32", "bf16"].includes(program.types[value]!.dtype);
  if (![...operands, ...results].every(isFloat)) return undefined;
  const first = Math.min(...results.map((value) => producer.get(value)!));
  const after = earliest(graph, operands, consumed, match);
  if (after > first) return undefined;
  const { scope, phase } = program.operations[first]!;
  const inside = match.operations.map((index) => program.operations[index]!);
  const { constants } = match;
  const group: HostGroup = { name, scope, phase, operands, results, consumed, constants, inside };
  return { at: consumed.length > 0 ? after : first, group };
}

/** Every occurrence of every pattern. No two of them define the same value. */
function occurrences(graph: ProgramGraph): readonly Placed[] {
  const { program } = graph;
  const defined = new Set<ValueId>();
  const found: Placed[] = [];
  for (const [name, kinds] of Object.entries(groupKinds) as [GroupName, readonly GroupKind[]][]) {
    for (const kind of kinds) {
      const root = kind.pattern.lines[0]!.name;
      program.operations.forEach((operation, index) => {
        if (operation.name !== root || defined.has(operation.results[0]!)) return;
        const match = matchAt(graph, kind.pattern, index);
        if (!match || !kind.accepts(program, match)) return;
        const placed = place(graph, name, kind, match);
        if (!placed || placed.group.results.some((value) => defined.has(value))) return;
        for (const value of placed.group.results) defined.add(value);
        found.push(placed);
      });
    }
  }
  return found;
}

/** The program's operations with the groups in their places, without what is then not needed. */
function stepsOf(program: Program, placed: readonly Placed[]): readonly HostStep[] {
  const byGroup = new Set(placed.flatMap(({ group }) => group.results));
  const groupsAt = new Map<number, HostGroup[]>();
  for (const { at, group } of placed) groupsAt.set(at, [...(groupsAt.get(at) ?? []), group]);
  const all = program.operations.flatMap((operation, index): readonly HostStep[] => {
    const groups = (groupsAt.get(index) ?? []).map(groupStep);
    return operation.results.some((value) => byGroup.has(value))
      ? groups
      : [...groups, operationStep(operation)];
  });
  // Operations that were of no use before stay: whatever the program says is run.
  const inside = new Set<ValueId>();
  for (const { operands, results } of program.operations)
    for (const value of operands) if (!results.includes(value)) inside.add(value);
  const needed = new Set(program.outputs.map(({ value }) => value));
  const kept = all.reverse().filter(({ operands, results }) => {
    const wasUseless = !results.some((value) => inside.has(value));
    if (!wasUseless && !results.some((value) => needed.has(value))) return false;
    for (const operand of operands) needed.add(operand);
    return true;
  });
  return kept.reverse();
}

/** The steps that read what a group before them has consumed, or an input that the program may not free. */
function spoiled(
  program: Program,
  steps: readonly HostStep[],
  donated: ReadonlySet<ValueId>,
): ReadonlySet<HostGroup> {
  const inputs = new Set(program.inputs.map(({ value }) => value));
  const outputs = new Set(program.outputs.map(({ value }) => value));
  const lastReader = new Map<ValueId, HostStep>();
  for (const step of steps) for (const value of step.operands) lastReader.set(value, step);
  const mayTake = (value: ValueId, step: HostStep) =>
    !outputs.has(value) && (!inputs.has(value) || donated.has(value)) && lastReader.get(value) === step;
  const groups = steps.flatMap((step) =>
    step.group && !step.consumed.every((value) => mayTake(value, step)) ? [step.group] : [],
  );
  return new Set(groups);
}

/**
 * The steps in which the host runs a program.
 *
 * @param donated inputs that it may free
 * @param grouped whether its backend has the kernels that groups need; without, every operation is a step
 */
export function hostSteps(
  program: Program,
  donated: ReadonlySet<ValueId>,
  grouped: boolean,
): readonly HostStep[] {
  if (!grouped) return program.operations.map(operationStep);
  const placed = occurrences(programGraph(program));
  const steps = stepsOf(program, placed);
  const bad = spoiled(program, steps, donated);
  if (bad.size === 0) return steps;
  return stepsOf(
    program,
    placed.filter(({ group }) => !bad.has(group)),
  );
}
