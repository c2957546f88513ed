/**
 * @file Limits: the largest batches that fit, as they are and with what the compiler recomputes.
 */
import { hostMemory, hostProgram } from "../src/program/hostMemory.js";
import type { Program } from "../src/program/types.js";
import { type AcceleratorProfile, loadHardware } from "./hardware.js";
import { isGrouped } from "./host.js";
import { type AnyQuery, trainingStepOf } from "./query.js";
import { excessBytes, fitMemoryOf } from "./simulate.js";
import { sizedTrainingSteps } from "./trainingSteps.js";

/** The search stops when the answer is known to this share: a finer answer would not be worth its predictions. */
const PRECISION = 1 / 64;

/** No one asks for more examples a device; beyond it the search would not end for a model of a few bytes. */
const MOST_PER_DEVICE = 1 << 24;

/** What a number of examples needs beyond what there is; less than nothing where there is room left. */
type ExcessBytes = (count: number) => number;

const powerOfTwo = (atLeast: number) => 2 ** Math.ceil(Math.log2(Math.max(atLeast, 2)));

/** Where the line through (a, excessA) and (b, excessB) meets zero. */
const zeroOfLine = (a: number, excessA: number, b: number, excessB: number) =>
  a - ((b - a) * excessA) / (excessB - excessA);

/**
 * The largest number up to `most` that has no excess, to within `PRECISION`; 0 when not even 1 does. Memory is about linear in
 * the batch: a line through two numbers leads near the answer, and one more beside it shows that it is. Where memory has a bend,
 * what is left is halved until it is small enough.
 *
 * @param from is known to have no excess, unless it is 1; what is beyond it is not linear
 * @param start doubled until there is an excess
 */
function largest(excess: ExcessBytes, from: number, start: number, most: number): number {
  const ofFirst = from === 1 ? excess(1) : 0;
  if (ofFirst > 0) return 0;
  let [low, ofLow] = [from, ofFirst];
  let high = powerOfTwo(start);
  let ofHigh = excess(high);
  // Where tiles are full, as they are with powers of two, a larger batch may fit although a smaller one does not.
  while (ofHigh <= 0) {
    if (high >= most) return high;
    [low, ofLow] = [high, ofHigh];
    high *= 2;
    ofHigh = excess(high);
  }
  for (let step = 0; ; step++) {
    const finest = Math.max(1, Math.floor(low * PRECISION));
    if (high - low <= finest) return low;
    const nearby = ofLow > -ofHigh ? low + finest : high - finest;
    const guesses = from === 1 ? [zeroOfLine(low, ofLow, high, ofHigh), nearby] : [];
    const guess = Math.floor(guesses[step] ?? (low + high) / 2);
    const count = Math.max(low + 1, Math.min(guess, high - 1));
    const found = excess(count);
    if (found > 0) [high, ofHigh] = [count, found];
    else [low, ofLow] = [count, found];
  }
}

/** After the compiler has recomputed what it would. */
function excessWithRecompute(program: Program, chip: AcceleratorProfile): number {
  return fitMemoryOf(program, chip).peak.peakBytes - chip.usableMemoryBytes.value;
}

export interface LargestBatches {
  /** With the compiler recomputing what it would. */
  readonly largestBatch: number;
  /** With nothing recomputed. */
  readonly largestBatchWithoutRecompute: number;
}

/** Examples of a microbatch that are tried first: most models take more, and few less. */
const FIRST_TRIED = 32;

/**
 * The largest global batches that fit with the query's plan, multiples of the devices and their microbatches; 0 if none fits.
 *
 * @throws UserError for an unknown model or hardware
 */
export function largestBatches(query: Omit<AnyQuery, "globalBatch">): LargestBatches {
  const hardware = loadHardware(query.hardware);
  const { plan, programAt } = sizedTrainingSteps(query, hardware.devices);
  /** What the batch has to be a multiple of. */
  const parts = plan.devices * plan.microbatches;
  const most = Math.floor(MOST_PER_DEVICE / plan.microbatches);
  if (hardware.kind === "host") {
    const capacity = hardware.usableMemoryBytes.value;
    const excess = (globalBatch: number) => {
      // With its own constants: see `predictOn`.
      const { program } = trainingStepOf({ ...query, globalBatch }, hardware.devices);
      return hostMemory(program, hostProgram(program, isGrouped(hardware))).peakBytes - capacity;
    };
    const found = parts * largest((count) => excess(count * parts), 1, FIRST_TRIED, most);
    return { largestBatch: found, largestBatchWithoutRecompute: found };
  }
  const search = (excess: (program: Program) => number, from = 1, start = FIRST_TRIED) =>
    largest((count) => excess(programAt(count * parts)), from, start, most);
  const without = search((program) => excessBytes(program, hardware));
  const withRecompute = search(
    (program) => excessWithRecompute(program, hardware),
    Math.max(without, 1),
    without + 1,
  );
  return { largestBatch: withRecompute * parts, largestBatchWithoutRecompute: without * parts };
}
