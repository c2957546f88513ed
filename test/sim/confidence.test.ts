/** @file What predictions say of their own error. */
import { expect, it } from "vitest";
import { allChecked, errorLike } from "../../sim/confidence.js";
import { predict } from "../../sim/predict.js";

const checked = allChecked();

it.each(["memory", "time"] as const)(
  "of %s: four in five checked steps are within what the others say",
  (what) => {
    const steps = checked.filter((step) => step[what] !== null);
    expect(steps.length).toBeGreaterThan(100);
    const within = steps.filter((step) => {
      const others = checked.filter((it) => it !== step);
      return 100 * Math.abs(step[what]!) <= (errorLike(step, what, others).errorPercent ?? 0);
    });
    expect(within.length / steps.length).toBeGreaterThanOrEqual(0.8);
  },
);

it("asks the steps most like the question, and names the nearest", () => {
  const query = { model: "resnet50", modelOptions: {}, hardware: "tpu-v4x4", globalBatch: 1024, plan: {} };
  const { time } = predict(query).confidence;
  expect(time.basis).toMatch(
    /^the 5 checked steps most like it; the nearest, resnet50, 256 a device on tpu-v4x4: /,
  );
  expect(time.errorPercent).toBeGreaterThan(0);
});

it("says of a machine that nothing was compared on that it is not validated", () => {
  const query = { model: "resnet50", modelOptions: {}, hardware: "nvidia-a100", globalBatch: 1024, plan: {} };
  expect(predict(query).confidence).toEqual({
    memory: { errorPercent: null, basis: "not validated: no step has been compared on nvidia-a100" },
    time: { errorPercent: null, basis: "not validated: no step has been compared on nvidia-a100" },
  });
});

it("says of a family that nothing was compared of that it may be as wrong as the worst", () => {
  const query = { model: "resnest50", modelOptions: {}, hardware: "tpu-v3-8", globalBatch: 256, plan: {} };
  const { time } = predict(query).confidence;
  const onV3 = checked.filter(({ hardware }) => hardware === "tpu-v3-8");
  const worst = Math.max(...onV3.map((step) => Math.abs(step.time ?? 0)));
  expect(time.errorPercent).toBeGreaterThanOrEqual(100 * worst);
  expect(time.basis).toContain("no step of its family");
});
