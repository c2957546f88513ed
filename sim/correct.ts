/**
 * @file Corrects a profile with steps that were timed on the real machine: which constants move, by how much, and how good the
 * corrected profile is on steps that it was not fitted to.
 *
 * A few measured steps cannot tell every constant. Those that say how long one kind of work takes move together, by one factor:
 * it is least squares of the logarithms of predicted over measured, with the profile's own value as one more measurement of each
 * factor. Work that is in none of the steps stays as it was.
 */
import { levenbergMarquardt } from "ml-levenberg-marquardt";
import type { AcceleratorProfile } from "./hardware.js";
import { asMeasured, type Correctable, type Correction, constantOf } from "./measured.js";

/** Constants that a factor changes, for the same work to take so many times as long. */
interface Work {
  readonly name: string;
  /** Grow with the time. */
  readonly costs: readonly Correctable[];
  /** Shrink with it. */
  readonly rates: readonly Correctable[];
}

/**
 * What may move. Not the constants that say what is done (tiles, fusions, memory): these are the compiler's choices, and a time
 * does not tell them apart. Not peaks and clocks, which are data sheets': their efficiencies say how much of them is reached. Not
 * the overlap, which matters least where a fusion is bound by one unit.
 */
export const works: readonly Work[] = [
  { name: "matrix products and convolutions", costs: [], rates: ["efficiency.matrix"] },
  { name: "reading and writing memory", costs: [], rates: ["efficiency.memory"] },
  {
    name: "elementwise work",
    // Their proportions are the compiler's estimates (on a GPU: of its instructions); a step has all of them together.
    costs: [
      "registerCycles",
      "operationRegisterCycles",
      "transposedRegisterCycles",
      "transcendentalRegisterCycles",
      "accumulatedRegisterCycles",
    ],
    rates: [],
  },
  {
    name: "depthwise convolutions",
    costs: ["tapRegisterCycles.channelsInLanes", "tapRegisterCycles.batchInLanes"],
    rates: [],
  },
  { name: "starting each fusion", costs: ["issueSeconds"], rates: [] },
  { name: "rows of tables", costs: ["gatheredRowSeconds"], rates: [] },
  {
    name: "collectives",
    costs: ["interconnect.launchSeconds", "interconnect.hopSeconds"],
    rates: ["interconnect.linkBytesPerSecond"],
  },
];

/** A step that was timed. */
export interface TimedStep {
  readonly name: string;
  /** As it was measured. */
  readonly seconds: number;
  /** As it is predicted with a profile's constants of time. */
  readonly secondsOn: (chip: AcceleratorProfile) => number;
}

/** Of each of `works`, how many times as long it takes; 1 where nothing says so. */
export type Factors = readonly number[];

/**
 * How far a step's prediction is off with the best constants, as a standard deviation of its logarithm: whole steps are 3.5 % off
 * the compiler's estimates in the middle and 10 % at the 90th percentile (docs/validation-time.md), which is 5 to 8 %.
 */
const STEP_DEVIATION = 0.06;

/**
 * The same of the profile's constants. A TPU's are fitted to the compiler's estimates, which are within 15 % of most published
 * runs; a GPU's are assumed, and may well be off by a factor of two.
 */
const CONSTANT_DEVIATION: Readonly<Record<AcceleratorProfile["kind"], number>> = {
  tpu: 0.15,
  gpu: Math.LN2,
};

/** Nothing is so far off that a profile names: more is a sign of another machine, or of seconds that are none. */
const LARGEST_FACTOR = 8;

/** A factor that changes no step's time by this share per unit of its logarithm says nothing, and is left at 1. */
const LEAST_SHARE = 0.005;
/** For that share: a change small enough to be proportional, and large beside rounding. */
const SMALL_CHANGE = 1e-3;

/** Constants do not move by less than this: it would say more than the steps do. */
const LEAST_MOVE = 0.005;

/** Twelve rounds of a problem this close to linear end within 0.01 % of the least sum. */
const ROUNDS = 12;

/** A profile whose works take so many times as long as `base`'s. */
function scaled(
  base: AcceleratorProfile,
  factors: Factors,
  correction: (constant: Correctable, value: number, factor: number) => Correction,
): AcceleratorProfile {
  const corrections = works.flatMap(({ costs, rates }, i) => {
    const factor = factors[i]!;
    if (factor === 1) return [];
    const to = (by: number) => (constant: Correctable) =>
      correction(constant, constantOf(base, constant).value * by, factor);
    return [...costs.map(to(factor)), ...rates.map(to(1 / factor))];
  });
  return asMeasured({ ...base, measured: corrections });
}

/** `base`, corrections in force, with nothing said of where its constants come from. */
const trial = (base: AcceleratorProfile, factors: Factors) =>
  scaled(base, factors, (constant, value) => ({ constant, value, source: "trial", rows: [] }));

/** An efficiency is a share: the factor at which it is all of its peak. */
function leastFactor(base: AcceleratorProfile, { rates }: Work): number {
  const efficiencies = rates.filter((rate) => rate.startsWith("efficiency."));
  return Math.max(1 / LARGEST_FACTOR, ...efficiencies.map((rate) => constantOf(base, rate).value));
}

/** Which works the steps say anything of. */
function toldBy(steps: readonly TimedStep[], base: AcceleratorProfile): readonly boolean[] {
  const before = steps.map(({ secondsOn }) => secondsOn(base));
  return works.map((_, i) => {
    const chip = trial(
      base,
      works.map((_, j) => (i === j ? 1 + SMALL_CHANGE : 1)),
    );
    return steps.some(({ secondsOn }, step) => {
      const share = (secondsOn(chip) / before[step]! - 1) / SMALL_CHANGE;
      return Math.abs(share) > LEAST_SHARE;
    });
  });
}

/**
 * How many times as long each work takes, by the measured steps.
 *
 * @param base with its corrections in force
 */
export function fitFactors(steps: readonly TimedStep[], base: AcceleratorProfile): Factors {
  const moving = toldBy(steps, base).flatMap((told, i) => (told ? [i] : []));
  if (moving.length === 0) return works.map(() => 1);
  const factorsOf = (logs: readonly number[]): Factors =>
    works.map((_, i) => (moving.includes(i) ? Math.exp(logs[moving.indexOf(i)]!) : 1));
  const deviation = CONSTANT_DEVIATION[base.kind];
  /** In standard deviations: of the steps, then of the constants. */
  const residuals = (logs: readonly number[]): readonly number[] => {
    const chip = trial(base, factorsOf(logs));
    return [
      ...steps.map(({ secondsOn, seconds }) => Math.log(secondsOn(chip) / seconds) / STEP_DEVIATION),
      ...logs.map((log) => log / deviation),
    ];
  };
  const numbers = Array.from({ length: steps.length + moving.length }, (_, i) => i);
  const { parameterValues } = levenbergMarquardt(
    { x: numbers, y: numbers.map(() => 0) },
    (logs) => {
      const found = residuals(logs);
      return (i) => found[i]!;
    },
    {
      initialValues: moving.map(() => 0),
      minValues: moving.map((i) => Math.log(leastFactor(base, works[i]!))),
      maxValues: moving.map(() => Math.log(LARGEST_FACTOR)),
      gradientDifference: SMALL_CHANGE,
      errorTolerance: 1e-6,
      maxIterations: ROUNDS,
    },
  );
  return factorsOf(parameterValues);
}

/** A constant that moved. */
interface Moved {
  readonly constant: Correctable;
  readonly from: number;
  readonly to: number;
}

export interface Corrected {
  /** Of the base's name and description. */
  readonly profile: AcceleratorProfile;
  /** In the order of the constants. */
  readonly moved: readonly Moved[];
  /** Works that are in none of the steps. */
  readonly untold: readonly string[];
  /** In the order in which they were given. */
  readonly steps: readonly CorrectedStep[];
}

/** A measured step beside its predictions, in seconds. */
interface CorrectedStep {
  readonly name: string;
  readonly measured: number;
  readonly before: number;
  readonly after: number;
  /** By a fit of steps that this one is not among; of a single one the base's own prediction. */
  readonly leftOut: number;
}

/** So many fits are made to predict steps by others: each leaves one out, or of more steps every tenth. */
const FITS_OF_OTHERS = 10;

/** Of each step, its seconds by a fit that it had no part in. */
function leftOutSeconds(steps: readonly TimedStep[], base: AcceleratorProfile): readonly number[] {
  const fits = Math.min(steps.length, FITS_OF_OTHERS);
  const chips = Array.from({ length: fits }, (_, fit) => {
    const others = steps.filter((_, i) => i % fits !== fit);
    return trial(base, fitFactors(others, base));
  });
  return steps.map(({ secondsOn }, i) => secondsOn(chips[i % fits]!));
}

/** Six digits say more than any of the steps. */
const rounded = (value: number) => Number(value.toPrecision(6));

/**
 * Corrects a profile.
 *
 * @param from where the steps come from, for the constants' sources: a file's name
 */
export function correct(profile: AcceleratorProfile, steps: readonly TimedStep[], from: string): Corrected {
  const base = asMeasured(profile);
  const factors = fitFactors(steps, base).map((factor) =>
    Math.abs(Math.log(factor)) < LEAST_MOVE ? 1 : factor,
  );
  const corrections: Correction[] = [];
  const chip = scaled(base, factors, (constant, value) => {
    const was = constantOf(base, constant);
    const source = `fitted to ${steps.length} measured ${steps.length === 1 ? "step" : "steps"} of ${from}; was ${rounded(was.value)}: ${was.source}`;
    const correction = { constant, value: rounded(value), source, rows: steps.map(({ name }) => name) };
    corrections.push(correction);
    return correction;
  });
  const told = toldBy(steps, base);
  const leftOut = leftOutSeconds(steps, base);
  const isNew = new Set(corrections.map(({ constant }) => constant));
  return {
    profile: {
      ...profile,
      measured: [...profile.measured.filter(({ constant }) => !isNew.has(constant)), ...corrections],
    },
    moved: corrections.map(({ constant, value }) => ({
      constant,
      from: constantOf(base, constant).value,
      to: value,
    })),
    untold: works.flatMap(({ name }, i) => (told[i] ? [] : [name])),
    steps: steps.map(({ name, seconds, secondsOn }, i) => ({
      name,
      measured: seconds,
      before: secondsOn(base),
      after: secondsOn(chip),
      leftOut: leftOut[i]!,
    })),
  };
}
