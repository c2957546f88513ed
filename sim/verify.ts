/**
 * @file The compiler's figures beside ours, for the very same program: `willfit verify`. Everything is one device's.
 */
import { flopCount } from "../src/models/count.js";
import { costOf } from "../src/ops/registry.js";
import type { Operation } from "../src/program/types.js";
import { type CachedOptions, compileCached } from "../src/stablehlo/compileCache.js";
import { printModule } from "../src/stablehlo/module.js";
import { placeOf } from "../src/stablehlo/opName.js";
import type { Compilation, XlaVersions } from "../src/stablehlo/xla.js";
import { batchPerDevice, type Plan } from "../src/transforms/plan.js";
import { UserError } from "../src/units/userError.js";
import { type AcceleratorProfile, loadHardware } from "./hardware.js";
import { memoryPrediction } from "./predict.js";
import type { Verdict } from "./prediction.js";
import { compareProducts, compilerProducts, ourProducts, type ProductComparison } from "./products.js";
import { type AnyQuery, nameOf, trainingStepOf } from "./query.js";
import { type Simulation, simulate } from "./simulate.js";
import { bytesMoved } from "./time.js";

/** What both sides say. A program that the compiler refuses has a verdict and its need of memory, no more. */
export interface Figures {
  readonly verdict: Verdict;
  readonly argumentBytes: number | null;
  readonly tempBytes: number | null;
  readonly peakBytes: number;
  readonly flops: number | null;
  readonly bytesAccessed: number | null;
  /** Without what the compiler does not estimate. */
  readonly cycles: number | null;
  readonly seconds: number | null;
}

/** What both sides say of the operations that have one place in the model, such as `forward/…/attention/query`. */
export interface PlaceTime {
  readonly place: string;
  readonly willfitSeconds: number;
  readonly compilerSeconds: number;
}

/** The compiler's figures beside ours. */
export interface Verification {
  /** What it is called. */
  readonly model: string;
  /** What the machine is called. */
  readonly hardware: string;
  /** That share the batch. */
  readonly devices: number;
  /** Examples of a step, over all devices. */
  readonly globalBatch: number;
  /** Examples of a step on each device. */
  readonly batchPerDevice: number;
  /** All of it, defaults included. */
  readonly plan: Plan;
  /** Ours. */
  readonly willfit: Figures;
  /** The compiler's. */
  readonly compiler: Figures;
  /** Instructions that the compiler computes a second time. */
  readonly compilerRematerialized: number;
  /** Which compiler it was. */
  readonly compilerVersions: XlaVersions;
  /** Most expensive first; a fusion counts where its matrix product is, or else its last operation. */
  readonly places: readonly PlaceTime[];
  /** Fusions around a dot or a convolution, cycles of one of each kind; largest first on the compiler's side. */
  readonly products: readonly ProductComparison[];
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/**
 * Steps of the schedule that the compiler estimates, too: neither collectives nor what takes data-dependent time; nor a
 * reshape, unless the batch lies in lanes: then the compiler sees a copy between two views of the same.
 */
function estimatedSteps({ program }: Simulation): readonly number[] {
  const { schedule, buffers } = program;
  return [...schedule.keys()].filter((step) => {
    const { fusion, reads, writes } = schedule[step]!;
    if (["collective", "gather", "scatter", "sort"].includes(fusion.kind)) return false;
    if (fusion.root.name === "selectAndScatter") return false;
    const isView = [...reads, ...writes].some((id) => buffers[id]!.layout.lanes === 0);
    return fusion.kind !== "reshape" || fusion.operations.length > 1 || isView;
  });
}

/** Seconds of a step without what the compiler does not estimate. */
export function estimatedSeconds(simulation: Simulation): number {
  return sum(estimatedSteps(simulation).map((step) => simulation.times[step]!.seconds));
}

function ourFigures(simulation: Simulation, chip: AcceleratorProfile): Figures {
  const { program, recomputed } = simulation;
  const source = program.fused.program;
  const flopsAgain = (step: number) =>
    sum(program.schedule[step]!.fusion.operations.map((operation) => costOf(source, operation).flops));
  const { verdict, argumentBytes, tempBytes, peakBytes } = memoryPrediction(simulation, chip);
  const steps = estimatedSteps(simulation);
  const seconds = estimatedSeconds(simulation);
  return {
    verdict,
    argumentBytes,
    tempBytes,
    peakBytes,
    flops: flopCount(source) + sum([...recomputed].map(flopsAgain)),
    bytesAccessed: sum(steps.map((step) => bytesMoved(program.schedule[step]!, program))),
    cycles: seconds * chip.clockHertz.value,
    seconds,
  };
}

/** @param argumentBytes what a refusal that speaks of temporaries only leaves out: both sides agree on it */
function compilerFigures(compilation: Compilation, chip: AcceleratorProfile, argumentBytes: number): Figures {
  if (!compilation.fits) {
    const { neededBytes, tempBytes } = compilation;
    return {
      verdict: "does-not-fit",
      argumentBytes: null,
      tempBytes,
      peakBytes: neededBytes ?? argumentBytes + (tempBytes ?? 0),
      flops: null,
      bytesAccessed: null,
      cycles: null,
      seconds: null,
    };
  }
  const { memory, flops, bytesAccessed, rematerialized, instructions } = compilation;
  const cycles = sum(instructions.map((instruction) => instruction.cycles));
  return {
    verdict: rematerialized > 0 ? "fits-with-recompute" : "fits",
    ...memory,
    flops,
    bytesAccessed,
    cycles,
    seconds: cycles / chip.clockHertz.value,
  };
}

/** Adds up seconds by place, on both sides. */
function placeTimes(simulation: Simulation, compilation: Compilation, chip: AcceleratorProfile): PlaceTime[] {
  const places = new Map<string, { ours: number; theirs: number }>();
  const at = (place: string) => {
    const known = places.get(place) ?? { ours: 0, theirs: 0 };
    places.set(place, known);
    return known;
  };
  const { program, times } = simulation;
  for (const step of estimatedSteps(simulation)) {
    const root: Operation = program.schedule[step]!.fusion.root;
    at(placeOf(root)).ours += times[step]!.seconds;
  }
  for (const { opName, cycles } of compilation.fits ? compilation.instructions : []) {
    at(placeOf(opName)).theirs += cycles / chip.clockHertz.value;
  }
  return [...places]
    .map(([place, { ours, theirs }]) => ({ place, willfitSeconds: ours, compilerSeconds: theirs }))
    .sort(
      (a, b) => Math.max(b.willfitSeconds, b.compilerSeconds) - Math.max(a.willfitSeconds, a.compilerSeconds),
    );
}

/**
 * Compiles the program of a query for its machine, and simulates it.
 *
 * @throws UserError when the machine is no TPU, has fewer devices than the plan wants, or the compiler is missing
 */
export async function verify(query: AnyQuery, options: CachedOptions = {}): Promise<Verification> {
  const chip = loadHardware(query.hardware);
  if (chip.kind !== "tpu" || !chip.compiler) {
    const none = chip.kind === "tpu" ? "none that it knows" : "none";
    throw new UserError(
      `the compiler's figures are a TPU's, and ${chip.name} is ${none}; --execute checks numbers here`,
    );
  }
  const { plan, program } = trainingStepOf(query, chip.devices);
  if (plan.devices > chip.devices) {
    throw new UserError(
      `--devices ${plan.devices}: ${chip.name} has ${chip.devices}, and slices are not compiled for; write ${chip.devices} or fewer`,
    );
  }
  const { topology, options: topologyOptions } = chip.compiler;
  const target = { topology, options: topologyOptions };
  const compilation = await compileCached(printModule(program), target, options);
  const simulation = simulate(program, chip);
  const willfit = ourFigures(simulation, chip);
  return {
    model: nameOf(query.model),
    hardware: chip.name,
    devices: plan.devices,
    globalBatch: plan.globalBatch,
    batchPerDevice: batchPerDevice(plan),
    plan,
    willfit,
    compiler: compilerFigures(compilation, chip, willfit.argumentBytes ?? 0),
    compilerRematerialized: compilation.fits ? compilation.rematerialized : 0,
    compilerVersions: compilation.packages,
    places: placeTimes(simulation, compilation, chip),
    products: compareProducts(ourProducts(simulation, chip.clockHertz.value), compilerProducts(compilation)),
  };
}
