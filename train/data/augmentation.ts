/**
 * @file What training images go through before the model sees them, written as big_vision writes it:
 * `inception-crop|flip|randaugment(2,10)`.
 */
import { nearestName } from "../../src/units/nearestName.js";
import { UserError } from "../../src/units/userError.js";

export type AugmentationStep =
  /** A crop of random place, size and aspect ratio, resized to the model's side; at least so much of the area. */
  | { readonly name: "inception-crop"; readonly minAreaPercent: number }
  /** Left and right exchanged, of every other image. */
  | { readonly name: "flip" }
  /** So many operations drawn from RandAugment's list, all of this magnitude. */
  | { readonly name: "randaugment"; readonly layers: number; readonly magnitude: number }
  /** Black around the image, so wide, and a crop of the image's size out of that. */
  | { readonly name: "pad-crop"; readonly pixels: number };

export type Augmentation = readonly AugmentationStep[];

/** How an empty augmentation is written. */
export const NO_AUGMENTATION = "none";

interface Parameter {
  readonly name: string;
  /** Where it is left out. */
  readonly default: number;
  readonly lowest: number;
  readonly highest: number;
  readonly whole: boolean;
}

/** `area_min=5` of big_vision's pp/ops_image.py; below one in a thousand a crop is a pixel or two. */
const AREA: Parameter = {
  name: "least area in percent",
  default: 5,
  lowest: 0.1,
  highest: 100,
  whole: false,
};

/** `num_layers=2` of big_vision's `randaug`; the paper (arXiv 1909.13719) tries up to 3. */
const LAYERS: Parameter = { name: "number of layers", default: 2, lowest: 1, highest: 16, whole: true };

/** `magnitude=10` of big_vision's `randaug`; the best of the paper's are between 5 and 30. */
const MAGNITUDE: Parameter = { name: "magnitude", default: 10, lowest: 0, highest: 30, whole: false };

/** CIFAR's images of 32 pixels are padded by 4 in the ResNet paper (arXiv 1512.03385) and ever since. */
const PADDING: Parameter = { name: "number of pixels", default: 4, lowest: 1, highest: 1024, whole: true };

interface Kind {
  readonly parameters: readonly Parameter[];
  /** How it is written in full, for messages. */
  readonly example: string;
  readonly step: (values: readonly number[]) => AugmentationStep;
}

const KINDS: { readonly [name in AugmentationStep["name"]]: Kind } = {
  "inception-crop": {
    parameters: [AREA],
    example: "inception-crop(5)",
    step: ([minAreaPercent]) => ({ name: "inception-crop", minAreaPercent: minAreaPercent! }),
  },
  flip: { parameters: [], example: "flip", step: () => ({ name: "flip" }) },
  randaugment: {
    parameters: [LAYERS, MAGNITUDE],
    example: "randaugment(2,10)",
    step: ([layers, magnitude]) => ({ name: "randaugment", layers: layers!, magnitude: magnitude! }),
  },
  "pad-crop": {
    parameters: [PADDING],
    example: "pad-crop(4)",
    step: ([pixels]) => ({ name: "pad-crop", pixels: pixels! }),
  },
};

/** The steps there are, as they are written. */
const augmentationExamples: readonly string[] = Object.values(KINDS).map(({ example }) => example);

const isKind = (name: string): name is AugmentationStep["name"] => Object.hasOwn(KINDS, name);

/** `name`, `name()` or `name(argument, …)`. */
const STEP = /^([^()]*)(?:\(([^()]*)\))?$/;

function parseArgument(text: string, step: string, parameter: Parameter): number {
  const { name, lowest, highest, whole } = parameter;
  const value = text === "" ? Number.NaN : Number(text);
  if (value >= lowest && value <= highest && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? "a whole number" : "a number";
  throw new UserError(
    `--augment ${step}: the ${name} is ${kind} from ${lowest} to ${highest}, not "${text}"`,
  );
}

function parseStep(text: string): AugmentationStep {
  const [, name, inside] = STEP.exec(text)?.map((part) => part?.trim()) ?? [];
  if (name === undefined) {
    throw new UserError(`--augment: "${text}" is not a step; write ${augmentationExamples.join(", ")}`);
  }
  if (!isKind(name)) {
    throw new UserError(
      `--augment: no step ${name || "between two |"}; ${nearestName(name, Object.keys(KINDS))}`,
    );
  }
  const { parameters, example, step } = KINDS[name];
  const given = inside ? inside.split(",").map((part) => part.trim()) : [];
  if (given.length > parameters.length) {
    throw new UserError(
      `--augment ${text}: takes ${parameters.length || "no"} argument(s), as in ${example}`,
    );
  }
  return step(
    parameters.map((parameter, i) => {
      const argument = given[i];
      return argument === undefined ? parameter.default : parseArgument(argument, text, parameter);
    }),
  );
}

/**
 * Steps separated by `|`, or `none`.
 *
 * @throws UserError for a step that there is not, arguments that it does not take, or a place where it cannot be
 */
export function parseAugmentation(text: string): Augmentation {
  if (text.trim() === NO_AUGMENTATION) return [];
  const steps = text.split("|").map((part) => parseStep(part.trim()));
  // What is cropped is the whole image in its own resolution, which the other steps no longer have.
  if (steps.some(({ name }, i) => i > 0 && name === "inception-crop")) {
    throw new UserError(`--augment ${text}: inception-crop comes first, and once`);
  }
  return steps;
}

function formatStep(step: AugmentationStep): string {
  switch (step.name) {
    case "inception-crop":
      return `${step.name}(${step.minAreaPercent})`;
    case "flip":
      return step.name;
    case "randaugment":
      return `${step.name}(${step.layers},${step.magnitude})`;
    case "pad-crop":
      return `${step.name}(${step.pixels})`;
  }
}

/** As `parseAugmentation` reads it, with every argument. */
export function formatAugmentation(augmentation: Augmentation): string {
  return augmentation.length === 0 ? NO_AUGMENTATION : augmentation.map(formatStep).join("|");
}
