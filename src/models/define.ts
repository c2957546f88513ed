/**
 * @file Models of one's own: written as those in this folder are, and checked more than they are, as no test has met them.
 */
import { z } from "zod";
import type { Tensor, Trace } from "../program/trace.js";
import { formatType, sameType, type TensorType } from "../program/types.js";
import { UserError } from "../units/userError.js";
import type { Classifier, Mode, Model, ModelDefinition } from "./model.js";
import { count, type ModelOptions, resolveOptions } from "./options.js";
import { zoo } from "./zoo.js";

/** What an option is unless it is said otherwise: a size, or the first of its choices. */
export type OptionDefault = number | readonly [number | string, ...(readonly (number | string)[])];

/** The options of a model with their defaults. */
export type OptionDefaults = Readonly<Record<string, OptionDefault>>;

/** Those that a classifier has in any case: the side of its images in pixels, their channels, and classes to tell apart. */
export interface ClassifierDefaults extends OptionDefaults {
  /** Side of an image in pixels. */
  readonly image: number;
  /** Channels of an image. */
  readonly channels: number;
  /** Classes to tell apart. */
  readonly classes: number;
}

/** The options in force: of a size a whole number from 1 on, of choices one of them. */
export type OptionsOf<O extends OptionDefaults> = {
  readonly [K in keyof O]: O[K] extends readonly (infer Choice)[] ? Choice : number;
};

/** What defines a classifier. */
export interface ClassifierSpecification<O extends ClassifierDefaults> {
  /** Letters, digits, dots, dashes and underscores; none of the zoo's. */
  readonly name: string;
  /** The options with their defaults. */
  readonly options: O;
  /** What it is trained with unless the plan says otherwise; `adamw`. */
  readonly optimizer?: Classifier["optimizer"];
  /** Element type of the images as they arrive, when activations are bf16; `f32`. */
  readonly imageDtype?: Classifier["imageDtype"];
  /**
   * The forward pass: images [b, image, image, channels] to logits f32[b, classes]. Parts with names of their own
   * (`images.trace.scoped("block0", …)`) have parameters of their own; those called `block0`, `block1` … are what
   * rematerialisation of blocks computes again.
   */
  readonly logits: (images: Tensor, options: OptionsOf<O>, mode: Mode) => Tensor;
}

/** What defines a model of any kind. */
export interface ModelSpecification<O extends OptionDefaults> {
  /** As of a classifier. */
  readonly name: string;
  /** The options with their defaults. */
  readonly options: O;
  /** The model with its options: a classifier, two towers or a detector. */
  readonly build: (name: string, options: OptionsOf<O>) => Model;
}

type Values = Readonly<Record<string, number | string>>;

const isName = (name: unknown): name is string => typeof name === "string" && /^\w[\w.-]*$/.test(name);

const isChoices = (value: OptionDefault): value is Exclude<OptionDefault, number> =>
  typeof value !== "number";

/** @throws UserError for a name that cannot be one, or is taken */
function checkName(name: unknown): void {
  if (!isName(name))
    throw new UserError(
      `defineModel: name ${JSON.stringify(name)}: letters, digits, dots, dashes and underscores, such as my-vit`,
    );
  if (Object.hasOwn(zoo, name))
    throw new UserError(`defineModel: ${name} is a model of the zoo; give yours another name`);
}

/** @throws UserError for defaults that are none */
function checkDefaults(name: string, defaults: OptionDefaults, required: readonly string[]): void {
  const missing = required.find((option) => typeof defaults?.[option] !== "number");
  if (missing !== undefined)
    throw new UserError(
      `${name}: options.${missing} is missing, or no number; a classifier has { image: 224, channels: 3, classes: 1000 } or the like`,
    );
  for (const [option, value] of Object.entries(defaults)) {
    const isSize = count.safeParse(value).success;
    const isList = Array.isArray(value) && value.length > 0;
    if (isSize || (isList && value.every((choice) => ["number", "string"].includes(typeof choice)))) continue;
    throw new UserError(
      `${name}: options.${option} is ${JSON.stringify(value)}; a whole number from 1 on is a size, a list like [0, 1] or ["gap", "token"] the choices, the first of them the default`,
    );
  }
}

const isWhole = ({ shape }: TensorType): boolean =>
  shape.every((size) => Number.isSafeInteger(size) && size > 0);

/** @throws UserError for a size like 38.4: shape rules count elements, of which there may be a whole number all the same */
function requireWholeSizes(name: string, what: string, trace: Trace): void {
  const parameter = trace.inputs.find(({ value }) => !isWhole(trace.tensor(value)));
  const operation = trace.operations.find(({ results }) => results.some((id) => !isWhole(trace.tensor(id))));
  // A parameter comes before what is made of it.
  const [where, value] = parameter
    ? [parameter.name, parameter.value]
    : [`${operation?.scope}: ${operation?.name}`, operation?.results[0]];
  if (value !== undefined)
    throw new UserError(
      `${name}: ${what}: ${where}: ${formatType(trace.tensor(value))} has sizes that are no whole numbers from 1 on; options that are divided have to be multiples`,
    );
}

/** What a function of the model gives. @throws UserError that names the model, for whatever it throws */
function within<T>(name: string, what: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new UserError(`${name}: ${what}: ${line}`, { cause: error });
  }
}

/** @throws UserError unless they are what a loss can be made of */
function checkLogits(name: string, logits: Tensor | undefined, images: Tensor, classes: number): Tensor {
  const right: TensorType = { dtype: "f32", shape: [images.shape[0]!, classes] };
  if (logits?.trace !== images.trace)
    throw new UserError(`${name}: logits: returned no tensor; return ${formatType(right)}`);
  if (!sameType(logits, right)) {
    const hint = logits.dtype === "f32" ? "" : '; ops.convert(…, "f32") makes it f32';
    throw new UserError(
      `${name}: logits: ${formatType(logits)} is not ${formatType(right)}, [batch, classes]${hint}`,
    );
  }
  if (!images.trace.inputs.some(({ role }) => role === "parameter"))
    throw new UserError(
      `${name}: logits: no parameters to train; layers have some, and trace.parameter makes one`,
    );
  return logits;
}

/** What a function of the model writes. @throws UserError like `within`, or for sizes that are none */
const traced = <T>(name: string, what: string, body: () => T, traceOf: (written: T) => Trace): T =>
  within(name, what, () => {
    const written = body();
    requireWholeSizes(name, what, traceOf(written));
    return written;
  });

/** The model, whose functions' mistakes are told by its name. */
function checked(name: string, options: Values, model: Model): Model {
  const named = { name, options };
  switch (model.kind) {
    case "classifier":
      return {
        ...model,
        ...named,
        logits: (images, mode) =>
          checkLogits(
            name,
            traced(
              name,
              "logits",
              () => model.logits(images, mode),
              () => images.trace,
            ),
            images,
            model.classes,
          ),
      };
    case "two-tower":
      return {
        ...model,
        ...named,
        embed: (batch, mode) =>
          traced(
            name,
            "embed",
            () => model.embed(batch, mode),
            ({ image }) => image.trace,
          ),
      };
    case "detector":
      return {
        ...model,
        ...named,
        loss: (batch, mode) =>
          traced(
            name,
            "loss",
            () => model.loss(batch, mode),
            ({ trace }) => trace,
          ),
        detect: (images, mode) =>
          traced(
            name,
            "detect",
            () => model.detect(images, mode),
            () => images.trace,
          ),
      };
  }
}

function classifierOf<O extends ClassifierDefaults>(
  { name, optimizer = "adamw", imageDtype = "f32", logits }: ClassifierSpecification<O>,
  options: OptionsOf<O>,
): Classifier {
  const { image, channels, classes } = options as OptionsOf<ClassifierDefaults>;
  return {
    kind: "classifier",
    name,
    options: options as Values,
    image,
    channels,
    imageDtype,
    optimizer,
    classes,
    logits: (images, mode) => logits(images, options, mode),
  };
}

/**
 * A model of your own, to be asked about in place of a name of the zoo.
 *
 *     const mlp = defineModel({
 *       name: "mlp",
 *       options: { image: 28, channels: 1, classes: 10, width: 512 },
 *       logits: (images, { image, channels, classes, width }, { activations }) => {
 *         const { trace } = images;
 *         const pixels = ops.reshape(ops.convert(images, activations), [images.shape[0], image * image * channels]);
 *         const hidden = trace.scoped("hidden", () => layers.gelu(layers.dense(pixels, width)));
 *         return trace.scoped("head", () => ops.convert(layers.dense(hidden, classes), "f32"));
 *       },
 *     });
 *
 * @throws UserError for a name that is taken, or options that are none; when it is asked about, for options that it does not have
 * and for logits of another shape than [batch, classes]
 */
export function defineModel<const O extends ClassifierDefaults>(
  specification: ClassifierSpecification<O>,
): ModelDefinition;
export function defineModel<const O extends OptionDefaults>(
  specification: ModelSpecification<O>,
): ModelDefinition;
export function defineModel<O extends ClassifierDefaults>(
  specification: ClassifierSpecification<O> | ModelSpecification<O>,
): ModelDefinition {
  const { name, options: defaults } = specification;
  checkName(name);
  checkDefaults(name, defaults, "build" in specification ? [] : ["image", "channels", "classes"]);
  const entries = Object.entries<OptionDefault>(defaults);
  const schema = z.object(
    Object.fromEntries(
      entries.map(([option, value]) => [option, isChoices(value) ? z.literal([...value]) : count]),
    ),
  );
  const values = Object.fromEntries(
    entries.map(([option, value]) => [option, isChoices(value) ? value[0] : value]),
  );
  return {
    name,
    optionNames: Object.keys(values),
    build: (overrides: ModelOptions) => {
      const options = resolveOptions(name, schema, values, overrides);
      const model = within(name, "build", () =>
        "build" in specification
          ? specification.build(name, options as OptionsOf<O>)
          : classifierOf(specification, options as OptionsOf<O>),
      );
      return checked(name, options, model);
    },
  };
}
