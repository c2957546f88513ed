/** @file A question written as a command line is read as the same question. */
import { Command } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Query } from "../../sim/query.js";
import { commandLine } from "../../src/cli/commandLine.js";
import { addQueryOptions, type QueryFlags, queryFrom, recipeFrom } from "../../src/cli/planOptions.js";
import { recipes } from "../../src/recipes/recipes.js";

/** What a command makes of a line without quotes. */
function read(line: string): Query {
  const command = addQueryOptions(new Command()).exitOverride();
  command.parse(line.split(" "), { from: "user" });
  return queryFrom(command.args[0], command.opts<QueryFlags>());
}

const plans = fc.record(
  {
    devices: fc.integer({ min: 1, max: 64 }),
    loss: fc.constantFrom("sigmoid", "softmax"),
    activations: fc.constantFrom("bf16", "f32"),
    remat: fc.constantFrom("none", "block", "attention,mlp"),
    microbatches: fc.integer({ min: 1, max: 8 }),
    ema: fc.constantFrom(0, 0.9999),
  } as const,
  { requiredKeys: [] },
);

const options = fc.record(
  {
    image: fc.constantFrom(224, 384),
    head: fc.constantFrom("hidden", "linear"),
    textLength: fc.constant(64),
  },
  { requiredKeys: [] },
);

const asked = {
  model: fc.constantFrom("vit-s16", "siglip-b16"),
  hardware: fc.constantFrom("tpu-v3-8", "tpu-v4x4"),
  globalBatch: fc.integer({ min: 1, max: 1 << 20 }),
};

describe("a command line", () => {
  it("asks the question that it was made of", () => {
    const queries = fc.record({ ...asked, modelOptions: options, plan: plans }) as fc.Arbitrary<Query>;
    fc.assert(
      fc.property(queries, (query) => {
        expect(read(commandLine(query))).toEqual(query);
      }),
    );
  });

  it("of a recipe says only what differs from it", () => {
    expect(commandLine(read("--recipe vit-s16-90ep"), recipeFrom({ recipe: "vit-s16-90ep" }))).toBe(
      "--recipe vit-s16-90ep",
    );
    const changes = fc.record(
      {
        on: asked.hardware,
        batch: asked.globalBatch,
        devices: fc.constantFrom(4, 8),
        remat: fc.constant("block"),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...recipes), changes, (recipe, change) => {
        const query = queryFrom(undefined, { recipe: recipe.name, ...change });
        expect(read(commandLine(query, recipe))).toEqual(query);
      }),
    );
  });

  it("quotes what a shell would read otherwise", () => {
    const query = read("vit-s16 --batch 8 --on tpu-v3-8");
    expect(commandLine({ ...query, plan: { remat: "block*" } })).toMatch(/ --remat 'block\*'$/);
  });
});
