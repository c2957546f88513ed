/** @file Damaged records of work: a run's metrics and its file, and the journal of a sweep. None of it is trusted, nothing crashes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openJournal } from "../../src/cli/journal.js";
import { defaultPlan } from "../../src/transforms/plan.js";
import { METRICS_CSV, METRICS_JSONL, type MetricsRow, metricsRow, openMetrics } from "../../train/metrics.js";
import { openRunFile, RUN_FILE, type RunStart, readRunFile } from "../../train/runFile.js";
import { cases } from "./cases.js";
import { damage, damaged } from "./damage.js";
import { answerOrRefusal } from "./refused.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "willfit-fuzz-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const changes = fc.array(damage, { minLength: 1, maxLength: 3 });

describe("the record of a run", () => {
  const step = (number: number): MetricsRow => ({
    kind: "step",
    step: number,
    epoch: 1,
    loss: 2.5,
    learningRate: 1e-3,
    examplesPerSecond: 100,
    seconds: 0.25,
    waitSeconds: 0,
  });
  const rows: readonly MetricsRow[] = [
    ...[1, 2, 3, 4].map(step),
    { kind: "evaluation", step: 4, epoch: 1, accuracy: 0.5, seconds: 1 },
    step(5),
  ];
  let whole: Readonly<Record<string, Buffer>> = {};
  beforeAll(() => {
    const metrics = openMetrics(folder, 0);
    rows.forEach(metrics.append);
    whole = Object.fromEntries(
      [METRICS_CSV, METRICS_JSONL].map((name) => [name, readFileSync(join(folder, name))]),
    );
  });

  it("goes on with the rows that are whole, up to the step", () => {
    const lines = (name: string) => readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1);
    fc.assert(
      fc.property(
        fc.constantFrom(METRICS_CSV, METRICS_JSONL),
        changes,
        fc.nat({ max: 6 }),
        (name, all, upTo) => {
          for (const file of [METRICS_CSV, METRICS_JSONL]) writeFileSync(join(folder, file), whole[file]!);
          writeFileSync(join(folder, name), all.reduce(damaged, whole[name]!));
          const { evaluations } = openMetrics(folder, upTo);
          const kept = lines(METRICS_JSONL).map(metricsRow);
          for (const row of kept) expect(row!.step).toBeLessThanOrEqual(upTo);
          expect(kept.filter((row) => row!.kind === "evaluation")).toEqual(evaluations);
          const [header, ...csv] = lines(METRICS_CSV);
          for (const line of csv) {
            expect(line.split(",")).toHaveLength(header!.split(",").length);
            expect(Number(line.split(",")[1])).toBeLessThanOrEqual(upTo);
          }
        },
      ),
      cases(300, 0.05),
    );
  });

  it("has no rows of others", () => {
    const foreign = ['{"step":null}', '{"step":1,"kind":"note"}', '{"step":[]}', '"step"', "1"];
    writeFileSync(join(folder, METRICS_JSONL), `${foreign.join("\n")}\n${JSON.stringify(rows[0])}\n`);
    writeFileSync(join(folder, METRICS_CSV), `${",".repeat(12)}\nstep,x${",".repeat(11)}\n`);
    openMetrics(folder, 9);
    expect(readFileSync(join(folder, METRICS_JSONL), "utf8")).toBe(`${JSON.stringify(rows[0])}\n`);
    expect(readFileSync(join(folder, METRICS_CSV), "utf8").split("\n")).toHaveLength(2);
  });
});

describe("the file of a run", () => {
  const start: RunStart = {
    command: { arguments: ["train", "vit-s16"], directory: "somewhere" },
    model: "vit-s16",
    modelOptions: { depth: 2 },
    plan: { ...defaultPlan, optimizer: "adamw", globalBatch: 8, devices: 1 },
    data: "mnist",
    classes: ["zero", "one"],
    measure: "classification",
    backend: { name: "cpu", version: "1" },
    parameters: 3,
    epochs: 1,
    stepsPerEpoch: 2,
    steps: 2,
  };
  it("is refused in a line when it is damaged, or is one", () => {
    openRunFile(folder, start, { resumed: false });
    const path = join(folder, RUN_FILE);
    const file = readFileSync(path);
    fc.assert(
      fc.property(fc.oneof(changes, fc.json()), (what) => {
        writeFileSync(path, typeof what === "string" ? what : what.reduce(damaged, file));
        const found = answerOrRefusal(() => readRunFile(folder));
        if (found) expect(Number.isSafeInteger(found.steps)).toBe(true);
      }),
      cases(500, 0.05),
    );
  });
});

describe("the journal of a sweep", () => {
  const entries = [{ rows: [1, 2] }, { rows: [] }, { rows: ["a\nb", "constructor", 1e300] }, { rows: [0.1] }];
  let path = "";
  beforeEach(() => {
    path = join(folder, "sweep.csv.partial");
    rmSync(path, { force: true });
  });

  it("keeps what is whole, and nothing that is not as it was written", () => {
    const journal = openJournal<unknown>(path, "a question");
    entries.forEach((entry, index) => {
      journal.append(index, entry);
    });
    const file = readFileSync(path);
    fc.assert(
      fc.property(changes, (all) => {
        writeFileSync(path, all.reduce(damaged, file));
        const opened = answerOrRefusal(() => openJournal<unknown>(path, "a question"));
        for (const [index, entry] of opened?.known ?? []) expect(entry).toEqual(entries[index]);
        // What is appended now is there next time.
        opened?.append(7, "later");
        if (opened) expect(openJournal<unknown>(path, "a question").known.get(7)).toBe("later");
      }),
      cases(300, 0.05),
    );
  });

  it("a damaged line in the middle is done again, and the lines after it are not", () => {
    const journal = openJournal<unknown>(path, "a question");
    entries.forEach((entry, index) => {
      journal.append(index, entry);
    });
    const lines = readFileSync(path, "utf8").split("\n");
    lines[2] = lines[2]!.replace("[]", "[1");
    writeFileSync(path, lines.join("\n"));
    expect([...openJournal<unknown>(path, "a question").known.keys()]).toEqual([0, 2, 3]);
  });
});
