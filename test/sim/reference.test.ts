/** @file The simulator against the TPU compiler's own figures for whole training steps, and for single products. */
import { describe, expect, it } from "vitest";
import { allChecked } from "../../sim/confidence.js";
import { medianProductError } from "../../sim/products.js";
import { verdictOf } from "../../sim/simulate.js";
import { type ComparedStep, comparedProducts, compareStep, tpuOf } from "../../sim/validation/compared.js";
import { type CompiledStep, exportedSteps, jaxSteps } from "../../sim/validation/rows.js";
import { costOf } from "../../src/ops/registry.js";

/** The compiler refuses this where our model of what it recomputes comes to fit: a test that begins to pass fails. */
const knownToBeWrong = ["efficientnet-b7 --optimizer rmsprop --remat none tpu-v3-8 512"];
/** No step that fits is further off than this; EfficientNet-B0 at 2,048 on v3 is nearly (docs/validation-memory.md says why). */
const WORST_MEMORY = 0.3;
/** No step's time is; the worst are LiT's text tower on v4 and EfficientNet-B0 at 2,048 (docs/validation-time.md). */
const WORST_TIME = 0.15;

const name = ({ query, options }: CompiledStep) =>
  `${query.model} ${options} ${query.hardware} ${query.globalBatch}`;

const compared: ComparedStep[] = [];

function flops({ simulation }: ComparedStep): number {
  const { program } = simulation.program.fused;
  return program.operations.reduce((total, operation) => total + costOf(program, operation).flops, 0);
}

describe.each([
  ["JAX's programs", jaxSteps(), 45],
  ["willfit's programs", exportedSteps(), 82],
] as const)("against the TPU compiler: %s", (_, steps, count) => {
  it("has steps to compare with", () => expect(steps.length).toBe(count));

  for (const step of steps) {
    const test = knownToBeWrong.includes(name(step)) ? it.fails : it;
    test(name(step), () => {
      const comparison = compareStep(step);
      compared.push(comparison);
      const { simulation, checked } = comparison;
      expect(verdictOf(simulation, tpuOf(step.query))).toBe(step.verdict);
      if (step.verdict === "does-not-fit") return;
      expect(Math.abs(checked.memory!)).toBeLessThan(WORST_MEMORY);
      expect(Math.abs(checked.time!)).toBeLessThan(WORST_TIME);
      // What the compiler recomputes is in its FLOPs and not in the program's. A tenth of an EfficientNet's are
      // elementwise, and in every fusion that reads them the compiler counts them again.
      const tolerance = step.query.model.startsWith("efficientnet") ? 0.15 : 0.03;
      if (step.recomputed === 0 && step.flops !== null)
        expect(Math.abs(flops(comparison) / step.flops - 1)).toBeLessThan(tolerance);
    });
  }
});

it("the errors that confidence is taken from are those of now", () => {
  const known = allChecked().filter(({ against }) => against === "the TPU compiler");
  expect(known).toHaveLength(compared.length);
  compared.forEach(({ checked }, i) => {
    const { memory, time, ...step } = checked;
    expect(known[i], `npm run validate:time -- --write`).toMatchObject(step);
    const near = (now: number | null, then: number | null) =>
      now === null ? expect(then).toBeNull() : expect(then).toBeCloseTo(now, 3);
    near(memory, known[i]!.memory);
    near(time, known[i]!.time);
  });
});

it("half of the errors over whole steps are within 7 %", () => {
  const errors = compared.flatMap(({ checked }) => checked.time ?? []).map(Math.abs);
  errors.sort((a, b) => a - b);
  expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(0.07);
});

it.each(["tpu-v3-8", "tpu-v4x4"])("half of the time in products on %s is within 15 %%", (machine) => {
  const products = comparedProducts(compared).filter(({ hardware }) => hardware === machine);
  const kinds = products.map(({ product }) => product);
  expect(kinds.length).toBeGreaterThan(800);
  for (const ending of ["dotGeneral", "convolution", "InputGradient", "KernelGradient"]) {
    const of = kinds.filter((product) => product.name.endsWith(ending));
    expect(medianProductError(of), ending).toBeLessThan(0.15);
  }
});
