/** @file Models of one's own: the same answers as the zoo's where they are the same, and one line for each mistake in them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { confidenceOf } from "../../sim/confidence.js";
import * as simulator from "../../sim/fit.js";
import { type AcceleratorProfile, loadHardware } from "../../sim/hardware.js";
import { predict } from "../../sim/predict.js";
import type { AnyQuery } from "../../sim/query.js";
import { layers, ops } from "../../src/index.js";
import { type ClassifierSpecification, defineModel } from "../../src/models/define.js";
import { maskRcnn } from "../../src/models/detection/maskRcnn.js";
import type { ModelDefinition } from "../../src/models/model.js";
import type { ModelOptions } from "../../src/models/options.js";
import { twoTower } from "../../src/models/twoTower.js";
import { vitClassifier, vitVariants } from "../../src/models/vit.js";
import { buildModel } from "../../src/models/zoo.js";
import { defaultPlan } from "../../src/transforms/plan.js";
import { refusal } from "../refusal.js";

const asked = (model: AnyQuery["model"], changes: Partial<AnyQuery> = {}): AnyQuery => ({
  model,
  modelOptions: {},
  hardware: "tpu-v3-8",
  globalBatch: 64,
  plan: {},
  ...changes,
});

const vit = defineModel({
  name: "my-vit",
  options: {
    image: 224,
    channels: 3,
    classes: 1000,
    patch: 16,
    ...vitVariants.S,
    head: ["hidden", "linear"],
    pool: ["gap", "token", "map"],
    posemb: ["sincos2d", "learned"],
  },
  build: vitClassifier,
});

/** A small one, some part of which is to be wrong. */
const small = (changes: Partial<ClassifierSpecification<{ image: 32; channels: 3; classes: 10 }>>) =>
  defineModel({
    name: "small",
    options: { image: 32, channels: 3, classes: 10 },
    logits: (images, { classes }) => layers.dense(ops.mean(images, [1, 2]), classes),
    ...changes,
  });

describe("a definition equal to a model of the zoo", () => {
  it("is predicted the same, whatever is asked", () => {
    const some = fc.record({
      globalBatch: fc.constantFrom(64, 1024),
      modelOptions: fc.record({
        depth: fc.constantFrom(1, 2),
        pool: fc.constantFrom("gap", "token", "map"),
        head: fc.constantFrom("hidden", "linear"),
      }),
      plan: fc.record({ remat: fc.constantFrom("none", "block"), microbatches: fc.constantFrom(1, 2) }),
    });
    fc.assert(
      fc.property(some, (of) => {
        const { model: _, confidence: _own, ...own } = predict(asked(vit, of));
        const { model: _zoo, confidence: _its, ...its } = predict(asked("vit-s16", of));
        expect(own).toEqual(its);
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  it("fits the same, and is called by its own name", () => {
    const change = { modelOptions: { depth: 2 }, globalBatch: 16_384 };
    const { confidence: _own, model, ...own } = simulator.fit(asked(vit, change));
    const { confidence: _its, model: _, ...its } = simulator.fit(asked("vit-s16", change));
    expect(own).toEqual(its);
    expect(model).toBe("my-vit");
  });

  it("of two towers and of a detector, too", () => {
    const same = (name: string, definition: ModelDefinition, modelOptions: ModelOptions) => {
      const { model: _, confidence: _own, ...own } = predict(asked(definition, { modelOptions }));
      const { model: _zoo, confidence: _its, ...its } = predict(asked(name, { modelOptions }));
      expect(own).toEqual(its);
    };
    const { imageTower: _, pool: _pool, posemb: _posemb, ...sizes } = buildModel("siglip-b16").options;
    same(
      "siglip-b16",
      defineModel({
        name: "my-siglip",
        options: {
          ...(sizes as Readonly<Record<string, number>>),
          imageTower: ["trained"],
          pool: ["map"],
          posemb: ["learned"],
        },
        build: (name, options) => twoTower(name, options as unknown as Parameters<typeof twoTower>[1]),
      }),
      { depth: 1, textDepth: 1, vocabulary: 1024 },
    );
    const { backbone: _backbone, depth: _depth, ...counts } = buildModel("mask-rcnn-r50").options;
    same(
      "mask-rcnn-r50",
      defineModel({
        name: "my-detector",
        options: { ...(counts as Readonly<Record<string, number>>), backbone: ["resnet"], depth: [50] },
        build: (name, options) => maskRcnn(name, options as unknown as Parameters<typeof maskRcnn>[1]),
      }),
      { image: 256 },
    );
  });
});

describe("definitions of one name", () => {
  it("are two models, whatever was asked before", () => {
    const wide = (width: number) =>
      defineModel({
        name: "twin",
        options: { image: 32, channels: 3, classes: 10 },
        logits: (images, { classes }) => {
          const hidden = images.trace.scoped("hidden", () => layers.dense(ops.mean(images, [1, 2]), width));
          return layers.dense(hidden, classes);
        },
      });
    const [narrow, broad] = [wide(8), wide(4096)];
    const paramsOf = (model: ModelDefinition) => predict(asked(model)).params;
    expect(paramsOf(narrow)).toBe(3 * 8 + 8 + 8 * 10 + 10);
    expect(paramsOf(broad)).toBe(3 * 4096 + 4096 + 4096 * 10 + 10);
    expect(paramsOf(narrow)).toBe(3 * 8 + 8 + 8 * 10 + 10);
  });
});

it("what is known of other models is said to be of other models", () => {
  const { plan } = predict(asked(vit));
  const chip = loadHardware("tpu-v3-8") as AcceleratorProfile;
  const { memory, time } = confidenceOf(vit.build({}), plan, chip);
  const worst = confidenceOf(buildModel("resnest50"), plan, chip);
  for (const what of [memory, time])
    expect(what.basis).toBe("no step of this model has been compared: as the worst of the others");
  expect([memory.errorPercent, time.errorPercent]).toEqual([
    worst.memory.errorPercent,
    worst.time.errorPercent,
  ]);
});

describe("a mistake is one line that names the model", () => {
  it("in its name", () => {
    expect(refusal(() => small({ name: "vit-s16" }))).toBe(
      "defineModel: vit-s16 is a model of the zoo; give yours another name",
    );
    expect(refusal(() => small({ name: "../small" }))).toContain('name "../small": letters, digits');
    expect(refusal(() => small({ name: undefined as unknown as string }))).toContain("letters, digits");
  });

  it("in its options", () => {
    const options = { image: 32, channels: 3, classes: 10 };
    const withOptions = (others: object) => small({ options: others as never });
    expect(refusal(() => withOptions({ ...options, width: 0 }))).toContain(
      "small: options.width is 0; a whole number from 1 on is a size",
    );
    expect(refusal(() => withOptions({ ...options, width: [] }))).toContain("small: options.width is []");
    expect(refusal(() => withOptions({ ...options, width: "wide" }))).toContain('options.width is "wide"');
    expect(refusal(() => withOptions({ image: 32, channels: 3 }))).toContain(
      "small: options.classes is missing",
    );
  });

  it("in what is said of them", () => {
    const ask = (modelOptions: ModelOptions) => refusal(() => predict(asked(vit, { modelOptions })));
    expect(ask({ widht: 3 })).toContain("my-vit has no option --widht; it has --image");
    expect(ask({ depth: 1.5 })).toContain("--depth 1.5");
    expect(ask({ depth: "two" })).toContain("--depth two");
    expect(ask({ pool: "mean" })).toContain("--pool mean");
  });

  it.each<[string, ClassifierSpecification<{ image: 32; channels: 3; classes: 10 }>["logits"], string]>([
    [
      "of another shape",
      (images, { classes }) => layers.dense(ops.mean(images, [1]), classes),
      "small: logits: f32[8,32,10] is not f32[8,10], [batch, classes]",
    ],
    [
      "of another type",
      (images, { classes }) => layers.dense(ops.mean(ops.convert(images, "bf16"), [1, 2]), classes),
      'small: logits: bf16[8,10] is not f32[8,10], [batch, classes]; ops.convert(…, "f32") makes it f32',
    ],
    ["nowhere", () => undefined as never, "small: logits: returned no tensor; return f32[8,10]"],
    [
      "without parameters",
      (images) => ops.sliceDimension(ops.reshape(ops.mean(images, [1]), [8, 96]), 1, 0, 10),
      "small: logits: no parameters to train",
    ],
    [
      "of operands that do not fit",
      (images) => images.trace.scoped("stem", () => ops.add(images, ops.mean(images, [1]))),
      "small: logits: stem: add(f32[8,32,32,3], f32[8,32,3]): ",
    ],
    [
      "of parts that are no whole numbers",
      (images, { classes }) => layers.poolingHead(layers.conv(images, 8, 3, { groups: 2 }), classes),
      "small: logits: kernel: f32[3,3,1.5,8] has sizes that are no whole numbers",
    ],
    [
      "of heads that do not divide",
      (images, { classes }) => {
        const tokens = layers.patches(images, 8);
        const mixed = images.trace.scoped("mixed", () => layers.attention(tokens, tokens, 5));
        return layers.dense(ops.mean(mixed, [1]), classes);
      },
      "small: logits: mixed/query: reshape: f32[8,16,5,38.4] has sizes that are no whole numbers",
    ],
    [
      "with one name for two layers",
      (images, { classes }) => layers.dense(layers.dense(ops.mean(images, [1, 2]), 8), classes),
      'small: logits: the program already has an input named "kernel"',
    ],
  ])("in logits %s", (_, logits, message) => {
    expect(refusal(() => predict(asked(small({ logits }))))).toContain(message);
  });

  it("in what build gives", () => {
    const broken = defineModel({
      name: "broken",
      options: { width: 8 },
      build: () => {
        throw new TypeError("no such\nthing");
      },
    });
    expect(refusal(() => predict(asked(broken)))).toBe("broken: build: no such");
  });
});

it("trains by the plan's default where the definition says no optimizer", () => {
  expect(predict(asked(small({}))).plan).toEqual({
    ...defaultPlan,
    optimizer: "adamw",
    devices: 8,
    globalBatch: 64,
  });
  expect(predict(asked(small({ optimizer: "sgd" }))).plan.optimizer).toBe("sgd");
});
