/**
 * @file Hardware profiles: one JSON file a machine in `hardware-profiles/`, the only place where a chip is named, and those that
 * `willfit calibrate` made on this computer.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import envPaths from "env-paths";
import { z } from "zod";
import { packagePath } from "../src/packagePath.js";
import { nearestName } from "../src/units/nearestName.js";
import { UserError } from "../src/units/userError.js";
import { writeWhole, writing } from "../src/writeWhole.js";
import { checkedSchema } from "./checked.js";
import { amountNames } from "./hostAmounts.js";
import { correctionSchema } from "./measured.js";
import type { FusionRules } from "./written.js";

const PROFILES = "hardware-profiles";

const positive = z.number().positive();
/** A constant with where it comes from: a data sheet, or the measurement that gave it. */
const sourced = z.object({ value: positive, source: z.string().min(1) });

/** A TPU, or a GPU as far as it is like one: what holds of the compiler's choices for TPUs only is not known of it. */
const acceleratorSchema = z.strictObject({
  kind: z.enum(["tpu", "gpu"]),
  description: z.string(),
  devices: z.int().min(1),
  /** What XLA calls one device: a core of v3, a chip (two cores) of v4. */
  deviceName: z.string(),
  devicesPerChip: sourced,
  clockHertz: sourced,
  /** Matrix units of one device and the side of their systolic arrays. */
  matrixUnits: sourced,
  matrixUnitSide: sourced,
  memoryBytes: sourced,
  /** What the runtime leaves to the program. */
  usableMemoryBytes: sourced,
  memoryBytesPerSecond: sourced,
  /** Lanes and sublanes of the vector registers: the tile that the last two dimensions are padded to. */
  lanes: sourced,
  sublanes: sourced,
  efficiency: z.strictObject({
    /** Fraction of the matrix units' peak that whole passes reach. */
    matrix: sourced,
    /** Fraction of memory bandwidth that fusions stream their buffers at. */
    memory: sourced,
  }),
  /**
   * How well the matrix unit's work hides the rest of a fusion, and the other way round: the p of the p-norm that joins
   * them. 1 would be one after the other, infinity the longer of the two.
   */
  overlapExponent: sourced,
  /** Cycles a register (lanes × sublanes elements) of results takes through the vector unit, all in all. */
  registerCycles: sourced,
  /** What each operation of the fusion adds. */
  operationRegisterCycles: sourced,
  /** The same for one that a copy between layouts transposes. */
  transposedRegisterCycles: sourced,
  /** What exp, tanh and the like add. */
  transcendentalRegisterCycles: sourced,
  /** Cycles to add to a register of partial sums, when a contraction is done in pieces. */
  accumulatedRegisterCycles: sourced,
  /** What each tap of a depthwise convolution takes, with the channels or with the batch in lanes. */
  tapRegisterCycles: z.strictObject({ channelsInLanes: sourced, batchInLanes: sourced }),
  /** The longest rows of probabilities that the dot which reads them computes itself; null where it always does. */
  longestComputedQuotient: z.strictObject({ value: positive.nullable(), source: z.string().min(1) }),
  /** When the compiler computes values again; see `compilerLimit`. */
  rematerialization: z.strictObject({
    /** Share of the usable memory that it plans with. */
    limitShare: sourced,
    /** Room it leaves for the program. */
    bytesPerInstruction: sourced,
  }),
  issueSeconds: sourced,
  /** A row of a table that is looked up or added to: the compiler gives no estimate of these. */
  gatheredRowSeconds: sourced,
  /** How JAX names this machine to XLA, to compile for it ahead of time (jax.experimental.topologies). */
  compiler: z
    .strictObject({
      topology: z.string(),
      /** More arguments of `get_topology_desc`. */
      options: z.record(z.string(), z.union([z.string(), z.array(z.int())])),
      source: z.string().min(1),
    })
    .optional(),
  interconnect: z.strictObject({
    /** Of the mesh that the chips make. */
    dimensions: sourced,
    /** Slices of so many chips have their ends joined to a torus. */
    torusFromChips: sourced,
    /** One direction of one link. */
    linkBytesPerSecond: sourced,
    /** From one chip to its neighbour. */
    hopSeconds: sourced,
    /** Until all devices have come to a collective and it begins. */
    launchSeconds: sourced,
    /** What the compiler makes of a reduce-scatter; itself unless something else was seen. */
    reduceScatter: z
      .strictObject({ value: z.enum(["native", "all-reduce"]), source: z.string().min(1) })
      .optional(),
  }),
  measured: z.array(correctionSchema),
  /** Of a profile that `willfit calibrate --from` made. */
  calibration: z
    .strictObject({
      /** The profile that was corrected; its memory is this one's. */
      base: z.string(),
      /** The measured steps, each predicted with what the others say. */
      checked: z.array(checkedSchema.omit({ hardware: true })),
    })
    .optional(),
  /** The computer that feeds the devices. */
  host: z.strictObject({
    /** Devices of one host. */
    devices: sourced,
    /** From the host's memory to the devices'. */
    bytesPerSecond: sourced,
    /** Images decoded, cropped and flipped. */
    imagesPerSecond: sourced,
  }),
  /** On demand, as listed; left out where none is known. */
  price: z.strictObject({ dollarsPerChipHour: positive, listed: z.string(), source: z.string() }).optional(),
});

/** Which computer, and with what, a host profile was measured on. */
const calibrationSchema = z.strictObject({
  backend: z.enum(["tensorflow", "wasm", "cpu"]),
  backendVersion: z.string(),
  processor: z.string(),
  threads: z.int().min(1),
  /** ISO 8601. */
  measured: z.iso.datetime(),
  /** How well the constants of each class of kernels explain what was measured. */
  classes: z.record(
    z.string(),
    z.strictObject({
      measurements: z.int().min(1),
      outliers: z.int().min(0),
      rSquared: z.number(),
      medianError: z.number().min(0),
    }),
  ),
});

const hostSchema = z.strictObject({
  kind: z.literal("host"),
  description: z.string(),
  devices: z.int().min(1),
  deviceName: z.string(),
  usableMemoryBytes: sourced,
  /** What large elementwise operations move, and large products compute: for people, predictions use `seconds`. */
  memoryBytesPerSecond: sourced,
  flopsPerSecond: sourced,
  /** Seconds for each amount of work, by class of kernels (see hostWork.ts). */
  seconds: z.record(z.string(), z.partialRecord(z.enum(amountNames), z.number().min(0))),
  /** What a step takes beyond its operations: a share of their time, and something for each. */
  overhead: z.strictObject({ share: z.number().min(0), secondsPerCall: z.number().min(0) }),
  /** Absent from the profile that comes with the project: it is of another computer. */
  calibration: calibrationSchema.optional(),
});

const profileSchema = z.discriminatedUnion("kind", [acceleratorSchema, hostSchema]);

export type AcceleratorProfile = Readonly<z.infer<typeof acceleratorSchema>> & { readonly name: string };
export type HostProfile = Readonly<z.infer<typeof hostSchema>> & { readonly name: string };
export type HostCalibration = NonNullable<HostProfile["calibration"]>;
export type HardwareProfile = AcceleratorProfile | HostProfile;

/** How the compiler for this chip fuses. */
export function fusionRules(chip: AcceleratorProfile): FusionRules {
  return {
    longestComputedQuotient: chip.longestComputedQuotient.value ?? Number.POSITIVE_INFINITY,
    tile: chip,
  };
}

/** Where the profiles made on this computer lie: with the person's other settings, unless WILLFIT_CONFIG names a folder. */
function madeHereFolder(): string {
  return join(process.env.WILLFIT_CONFIG || envPaths("willfit", { suffix: "" }).config, PROFILES);
}

/** The file of a profile made on this computer, whether it is there or not. */
export const madeHerePath = (name: string): string => join(madeHereFolder(), `${name}.json`);

function namesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length));
}

/** Whether a profile of this name comes with the project. */
export const isShipped = (name: string): boolean => namesIn(packagePath(PROFILES)).includes(name);

/** Names of all profiles, sorted. */
export function hardwareNames(): readonly string[] {
  return [...new Set([...namesIn(packagePath(PROFILES)), ...namesIn(madeHereFolder())])].sort();
}

/** Profiles by their files. */
const loaded = new Map<string, HardwareProfile>();

/**
 * Reads a profile and checks it, once. One made on this computer comes before the project's own of that name.
 *
 * @throws UserError for an unknown name, or naming the first value of the file that is not right
 */
export function loadHardware(name: string): HardwareProfile {
  const madeHere = madeHerePath(name);
  const path = existsSync(madeHere) ? madeHere : packagePath(`${PROFILES}/${name}.json`);
  const known = loaded.get(path);
  if (known) return known;
  const names = hardwareNames();
  if (!names.includes(name)) throw new UserError(`unknown hardware "${name}"; ${nearestName(name, names)}`);
  const profile = parseProfile(name, path, readFileSync(path, "utf8"));
  loaded.set(path, profile);
  return profile;
}

/** The project's own host profile, whatever was measured here. */
export function ownHostProfile(): HostProfile {
  const path = packagePath(`${PROFILES}/host.json`);
  const profile = parseProfile("host", path, readFileSync(path, "utf8"));
  if (profile.kind !== "host") throw new Error(`${path}: not a host`);
  return profile;
}

/** Makes the folder of the profiles of this computer. @throws UserError when it cannot be made */
export function makeProfileFolder(): void {
  const folder = madeHereFolder();
  writing(folder, () => mkdirSync(folder, { recursive: true }));
}

/** Keeps a profile on this computer, from now on under its name. @returns its file @throws UserError when it cannot be written */
export function saveHardware({ name, ...profile }: HardwareProfile): string {
  const path = madeHerePath(name);
  makeProfileFolder();
  writeWhole(path, `${JSON.stringify(profile, undefined, 2)}\n`);
  loaded.delete(path);
  return path;
}

/** @throws UserError naming the file and the first value that is not right */
export function parseProfile(name: string, path: string, text: string): HardwareProfile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: not JSON: ${(error as Error).message}`);
  }
  const parsed = profileSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(`${path}: ${issue?.path.join(".") || "the profile"}: ${issue?.message ?? "invalid"}`);
  }
  return { ...parsed.data, name };
}
