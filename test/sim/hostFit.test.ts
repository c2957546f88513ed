/** @file The fit of a host's constants: it finds what measurements were made with, and is not misled by a disturbed few. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { loadHardware, ownHostProfile, saveHardware } from "../../sim/hardware.js";
import { calibratedProfile, calibrationDifference } from "../../sim/hostCalibration.js";
import { fitClass, fitHost, type MicroMeasurement, microMeasurements } from "../../sim/hostFit.js";
import { workSeconds } from "../../sim/hostTime.js";
import { type HostMachine, staleness } from "../../sim/staleness.js";
import { buildModel } from "../../src/models/zoo.js";
import { hostProgram } from "../../src/program/hostMemory.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { tinyModels, tinyPlan } from "../train/tiny.js";

/** Measurements of a class whose kernels take `perCall` and `perByte`, each off by its own factor. */
function measurements(
  perCall: number,
  perByte: number,
  factors: readonly number[],
): readonly MicroMeasurement[] {
  return factors.map((factor, i) => {
    const bytes = 1000 * 2 ** (i % 16);
    return {
      probe: "made up",
      operation: `add ${i}`,
      workClass: "add",
      count: 1,
      amounts: { calls: 1, bytes },
      seconds: factor * (perCall + perByte * bytes),
    };
  });
}

const constants = {
  perCall: fc.double({ min: 1e-6, max: 1e-3, noNaN: true }),
  perByte: fc.double({ min: 1e-11, max: 1e-9, noNaN: true }),
};
const steady = fc.array(fc.double({ min: 0.98, max: 1.02, noNaN: true }), { minLength: 40, maxLength: 40 });

describe("fitting a class", () => {
  it("finds the constants that measurements were made with", () => {
    fc.assert(
      fc.property(constants.perCall, constants.perByte, steady, (perCall, perByte, factors) => {
        const rows = measurements(perCall, perByte, factors);
        const { seconds, quality } = fitClass(rows);
        for (const { workClass, amounts } of rows) {
          const predicted = workSeconds({ workClass, amounts }, { [workClass]: seconds });
          expect(predicted / (perCall + perByte * amounts.bytes!)).toBeCloseTo(1, 1);
        }
        expect(quality.medianError).toBeLessThan(0.02);
      }),
    );
  });

  it("leaves out what something else has disturbed", () => {
    fc.assert(
      fc.property(
        constants.perCall,
        constants.perByte,
        steady,
        fc.uniqueArray(fc.nat(39), { minLength: 1, maxLength: 6 }),
        fc.double({ min: 3, max: 20, noNaN: true }),
        (perCall, perByte, factors, disturbed, by) => {
          const all = factors.map((factor, i) => (disturbed.includes(i) ? by * factor : factor));
          const { quality } = fitClass(measurements(perCall, perByte, all));
          expect(quality.outliers).toBe(disturbed.length);
          expect(quality.medianError).toBeLessThan(0.03);
        },
      ),
    );
  });

  it("never finds a cost below zero", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 3, maxLength: 30 }),
        (times) => {
          const rows = measurements(
            0,
            1e-9,
            times.map(() => 1),
          ).map((row, i) => ({ ...row, seconds: times[i]! }));
          for (const value of Object.values(fitClass(rows).seconds)) expect(value).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

/** A probe whose operations take what `seconds` says. */
function probe(secondsOf: (index: number) => number) {
  const [{ model, options, optimizer }] = tinyModels as [(typeof tinyModels)[number]];
  const program = traceTrainingStep(buildModel(model, options), { ...tinyPlan, optimizer });
  const run = hostProgram(program);
  const steps = run.steps.filter(({ results }) => !run.storage.sharedWith.has(results[0]!));
  const operations = steps.map((step, i) => ({ step, seconds: secondsOf(i) }));
  const together = operations.reduce((total, { seconds }) => total + seconds, 0);
  return { name: "tiny", run, operations, stepSeconds: 1.1 * together };
}

describe("fitting a host", () => {
  const measured = probe((i) => 1e-5 * (1 + (i % 7)));
  const fit = fitHost([measured]);

  it("takes every measured operation, alike ones together", () => {
    const rows = microMeasurements(measured);
    expect(rows.reduce((total, { count }) => total + count, 0)).toBe(measured.operations.length);
    const kinds = rows.map(({ operation, workClass, amounts }) =>
      JSON.stringify([operation, workClass, amounts]),
    );
    expect(new Set(kinds).size).toBe(rows.length);
    expect(Object.keys(fit.seconds)).toEqual([...new Set(rows.map(({ workClass }) => workClass))].sort());
  });

  it("finds what steps take beyond their operations", () => {
    const together = measured.operations.reduce((total, { seconds }) => total + seconds, 0);
    const { share, secondsPerCall } = fit.overhead;
    expect(share * together + secondsPerCall * measured.operations.length).toBeCloseTo(0.1 * together, 9);
  });
});

describe("a calibrated profile", () => {
  const folder = mkdtempSync(join(tmpdir(), "willfit-fit-"));
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const machine: HostMachine = {
    backend: "tensorflow",
    backendVersion: "4.22.0",
    processor: "a test's",
    threads: 2,
  };
  const of = (factor: number, name: string) => {
    const fit = fitHost([probe((i) => factor * 1e-5 * (1 + (i % 7)))]);
    const when = { name, memoryBytes: 2 ** 34, measured: "2026-01-31T12:00:00Z" };
    return { fit, profile: calibratedProfile(ownHostProfile(), fit, machine, when) };
  };

  it("is kept, and is what its name means from then on", () => {
    vi.stubEnv("WILLFIT_CONFIG", folder);
    const { profile } = of(1, "host");
    expect(loadHardware("host")).not.toEqual(profile);
    saveHardware(profile);
    expect(loadHardware("host")).toEqual(profile);
  });

  it("differs from another by how much longer that one's operations take", () => {
    const [first, second] = [of(1, "host"), of(1.25, "host")];
    const { together, medianOfClasses } = calibrationDifference(
      first.profile,
      second.profile,
      second.fit.measurements,
    );
    expect(together).toBeCloseTo(0.25, 6);
    expect(medianOfClasses).toBeCloseTo(0.25, 6);
  });

  it("is out of date on another machine, and not on its own", () => {
    expect(staleness(machine, { ...machine })).toEqual([]);
    expect(staleness(machine, { ...machine, processor: "another", threads: 8 })).toEqual([
      "another processor: a test's then, another now",
      "another number of threads: 2 then, 8 now",
    ]);
  });
});
