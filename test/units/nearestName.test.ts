/** @file What is suggested for a name that is not known. */
import { expect, it } from "vitest";
import { nearestName } from "../../src/units/nearestName.js";

const machines = ["host", "nvidia-h100", "tpu-v3-8", "tpu-v4x4", "tpu-v5e-4", "tpu-v5p-4"];

it.each([
  ["tpu-v38", "did you mean tpu-v3-8?"],
  ["v4", "did you mean tpu-v4x4?"],
  ["V4X4", "did you mean tpu-v4x4?"],
  ["v5", "did you mean tpu-v5e-4 or tpu-v5p-4?"],
  ["tpu", "did you mean tpu-v3-8, tpu-v4x4 or tpu-v5e-4?"],
  ["abacus", `known: ${machines.join(", ")}`],
  ["", `known: ${machines.join(", ")}`],
])("%j", (given, words) => expect(nearestName(given, machines)).toBe(words));

it("does not list more than a person reads", () => {
  const many = Array.from({ length: 30 }, (_, i) => `model-${i}`);
  expect(nearestName("abacus", many)).toMatch(/^known: .*model-11 and 18 more$/);
  expect(nearestName("abacus", [])).toBe("there is none");
});
