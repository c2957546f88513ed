/** @file The trainings that are suggested can be trained. */
import { expect, it } from "vitest";
import { tinyTraining } from "../../../../src/cli/dashboard/run/tinyTraining.js";
import type { DryRun } from "../../../../src/cli/dryRun.js";
import { buildModel, zoo } from "../../../../src/models/zoo.js";
import { willfit } from "../../capture.js";

const names = Object.keys(zoo);
const isDetector = (name: string) => buildModel(name).kind === "detector";

/** One model of each family, and of each kind of two towers. */
const representatives = [
  ...new Map(
    names
      .filter((name) => !isDetector(name))
      .map((name) => [`${zoo[name]!.family} ${name.split("-")[0]}`, name] as const),
  ).values(),
];

it.each(representatives)("of %s is accepted, and short", async (name) => {
  const { status, stdout, stderr } = await willfit(`train ${tinyTraining(name)} --dry-run --json`);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const { params, training } = JSON.parse(stdout) as DryRun;
  expect(params).toBeLessThan(1e6);
  expect(training.steps).toBe(468);
  // By the project's own profile, of a computer that is slower than most.
  expect(training.seconds).toBeLessThan(120);
});

it("is of the model's own name, for all but detectors", () => {
  for (const name of names) {
    expect(tinyTraining(name)).toMatch(isDetector(name) ? /^vit-s16 / : new RegExp(`^${name} `));
  }
  expect(tinyTraining("unknown")).toBe(tinyTraining("vit-s16"));
  expect(tinyTraining("vit-s16")).toBe(
    "vit-s16 --patch 7 --width 64 --depth 4 --heads 4 --data mnist --batch 128 --epochs 1",
  );
});

it("changes nothing of what the family's sizes leave, for all of its models", () => {
  for (const name of names.filter((each) => !isDetector(each))) {
    const options = tinyTraining(name).match(/--(?!data|batch|epochs)\S+ \S+/g) ?? [];
    const overrides = Object.fromEntries(
      options.map((option): [string, string | number] => {
        const [flag, value] = option.slice(2).split(" ") as [string, string];
        const camel = flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
        return [camel, /^\d+$/.test(value) ? Number(value) : value];
      }),
    );
    expect(() => buildModel(name, { image: 28, channels: 1, ...overrides })).not.toThrow();
  }
});
