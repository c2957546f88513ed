/**
 * @file What a hardware profile says, and what it may say: one schema for those that come with the project, a person's own file and
 * a library user's object.
 */
import { z } from "zod";
import { checkedSchema } from "./checked.js";
import { amountNames } from "./hostAmounts.js";
import { type Correctable, correctionSchema } from "./measured.js";
import type { FusionRules } from "./written.js";

/** No constant of any machine is beyond these, whatever its unit. Within them every answer is a finite number above 0. */
const [LEAST, MOST] = [1e-18, 1e18];
/** More parts of one kind than any machine has. */
const MOST_PARTS = 65_536;
/** Of a vector register: a TPU's are 8 × 128, and the longest of all, NEC SX-Aurora's, 256 elements. */
const MOST_LANES = 1024;
/** Hertz, bytes and what is done in a second come in millions and more; less is giga-somethings written without their nine zeros. */
const LEAST_AMOUNT = 1e6;
/** Seconds that one instruction or one message may take. */
const MOST_SECONDS = 1;
/** Of the p-norm: the 16-norm of two equal times is 4 % more than one of them, and higher powers of microseconds are 0. */
const MOST_EXPONENT = 16;
/** Of a mesh of chips: the Tofu interconnect of the K computer has the most, six (Ajima et al. 2009). */
const MOST_DIMENSIONS = 6;

const positive = z.number().min(LEAST).max(MOST);

/** A constant with where it comes from: a data sheet, or the measurement that gave it. */
const sourcedOf = <V extends z.ZodType>(value: V) => z.strictObject({ value, source: z.string().min(1) });

const sourced = sourcedOf(positive);
const count = sourcedOf(z.int().min(1).max(MOST_PARTS));
const registerSide = sourcedOf(z.int().min(1).max(MOST_LANES));
const share = sourcedOf(positive.max(1));
const amount = sourcedOf(positive.min(LEAST_AMOUNT));
const duration = sourcedOf(positive.max(MOST_SECONDS));
const devices = z.int().min(1).max(MOST_PARTS);

/** A TPU, or a GPU as far as it is like one: what holds of the compiler's choices for TPUs only is not known of it. */
const acceleratorFields = z.strictObject({
  kind: z.enum(["tpu", "gpu"]),
  description: z.string(),
  /** The profile that this one was derived from, by a file or an object that says only what differs. */
  base: z.string().optional(),
  devices,
  /** What XLA calls one device: a core of v3, a chip (two cores) of v4. */
  deviceName: z.string(),
  devicesPerChip: count,
  clockHertz: amount,
  /** Matrix units of one device and the side of their systolic arrays. */
  matrixUnits: count,
  matrixUnitSide: count,
  memoryBytes: amount,
  /** What the runtime leaves to the program. */
  usableMemoryBytes: amount,
  memoryBytesPerSecond: amount,
  /** Lanes and sublanes of the vector registers: the tile that the last two dimensions are padded to. */
  lanes: registerSide,
  sublanes: registerSide,
  efficiency: z.strictObject({
    /** Fraction of the matrix units' peak that whole passes reach. */
    matrix: share,
    /** Fraction of memory bandwidth that fusions stream their buffers at. */
    memory: share,
  }),
  /**
   * How well the matrix unit's work hides the rest of a fusion, and the other way round: the p of the p-norm that joins
   * them. 1 would be one after the other, infinity the longer of the two.
   */
  overlapExponent: sourcedOf(z.number().min(1).max(MOST_EXPONENT)),
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
  longestComputedQuotient: sourcedOf(positive.nullable()),
  /** When the compiler computes values again; see `compilerLimit`. */
  rematerialization: z.strictObject({
    /** Share of the usable memory that it plans with. */
    limitShare: share,
    /** Room it leaves for the program. */
    bytesPerInstruction: sourced,
  }),
  issueSeconds: duration,
  /** A row of a table that is looked up or added to: the compiler gives no estimate of these. */
  gatheredRowSeconds: duration,
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
    dimensions: sourcedOf(z.int().min(1).max(MOST_DIMENSIONS)),
    /** Slices of so many chips have their ends joined to a torus. */
    torusFromChips: count,
    /** One direction of one link. */
    linkBytesPerSecond: amount,
    /** From one chip to its neighbour. */
    hopSeconds: duration,
    /** Until all devices have come to a collective and it begins. */
    launchSeconds: duration,
    /** What the compiler makes of a reduce-scatter; itself unless something else was seen. */
    reduceScatter: sourcedOf(z.enum(["native", "all-reduce"])).optional(),
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
    devices: count,
    /** From the host's memory to the devices'. */
    bytesPerSecond: amount,
    /** Images decoded, cropped and flipped. */
    imagesPerSecond: sourced,
  }),
  /** On demand, as listed; left out where none is known. */
  price: z.strictObject({ dollarsPerChipHour: positive, listed: z.string(), source: z.string() }).optional(),
});

/** What a constant may be. */
function constantSchema(constant: Correctable): z.ZodType {
  return constant
    .split(".")
    .reduce<z.ZodType>((schema, key) => (schema as z.ZodObject).shape[key] as z.ZodType, acceleratorFields);
}

/** What no constant says alone. */
const acceleratorSchema = acceleratorFields.superRefine((chip, context) => {
  const refuse = (message: string, ...path: readonly (string | number)[]) =>
    context.addIssue({ code: "custom", message, path: [...path] });
  const { memoryBytes, usableMemoryBytes, devicesPerChip, measured } = chip;
  if (usableMemoryBytes.value > memoryBytes.value)
    refuse(
      `${usableMemoryBytes.value} is more than memoryBytes has, ${memoryBytes.value}`,
      "usableMemoryBytes",
      "value",
    );
  if (chip.devices % devicesPerChip.value !== 0)
    refuse(`${chip.devices} is not a multiple of devicesPerChip, ${devicesPerChip.value}`, "devices");
  measured.forEach(({ constant, value, source }, i) => {
    const { error } = constantSchema(constant).safeParse({ value, source });
    if (error) refuse(`${value} can be no ${constant}: ${error.issues[0]!.message}`, "measured", i, "value");
  });
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

const hostFields = z.strictObject({
  kind: z.literal("host"),
  description: z.string(),
  /** As of an accelerator. */
  base: z.string().optional(),
  devices,
  deviceName: z.string(),
  usableMemoryBytes: amount,
  /** What large elementwise operations move, and large products compute: for people, predictions use `seconds`. */
  memoryBytesPerSecond: amount,
  flopsPerSecond: amount,
  /** Seconds for each amount of work, by class of kernels (see hostWork.ts). */
  seconds: z.record(z.string(), z.partialRecord(z.enum(amountNames), z.number().min(0).max(MOST_SECONDS))),
  /** What a step takes beyond its operations: a share of their time, and something for each. */
  overhead: z.strictObject({
    share: z.number().min(0).max(MOST),
    secondsPerCall: z.number().min(0).max(MOST_SECONDS),
  }),
  /** Absent from the profile that comes with the project: it is of another computer. */
  calibration: calibrationSchema.optional(),
});

const hostSchema = hostFields.superRefine(({ seconds }, context) => {
  // Classes of kernels that calibration never met take the time of additions.
  if (!Object.values(seconds.add ?? {}).some((each) => each > 0))
    context.addIssue({ code: "custom", message: "additions take no time", path: ["seconds", "add"] });
});

/** Each kind of profile by the word that says which it is. */
export const profileSchemas = {
  tpu: acceleratorSchema,
  gpu: acceleratorSchema,
  host: hostSchema,
} as const;

export const profileSchema = z.discriminatedUnion("kind", [acceleratorSchema, hostSchema]);

/** A file does not say what its profile is called: its own name does. */
export interface Named {
  /** What it is called in questions and answers. */
  readonly name: string;
}

/** A TPU, or a GPU as far as it is like one: every constant with its source. */
export type AcceleratorProfile = Readonly<z.infer<typeof acceleratorSchema>> & Named;

/** A computer that trains with TensorFlow.js: seconds for each amount of work, by class of kernels. */
export type HostProfile = Readonly<z.infer<typeof hostSchema>> & Named;

export type HostCalibration = NonNullable<HostProfile["calibration"]>;

/** A machine: what the files in `hardware-profiles/` say, checked. */
export type HardwareProfile = AcceleratorProfile | HostProfile;

/** How the compiler for this chip fuses. */
export function fusionRules(chip: AcceleratorProfile): FusionRules {
  return {
    longestComputedQuotient: chip.longestComputedQuotient.value ?? Number.POSITIVE_INFINITY,
    tile: chip,
  };
}
