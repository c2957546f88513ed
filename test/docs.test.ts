/**
 * @file What docs/how-it-works.md says is so: its sums come out, its quotations are real lines, and it counts right. (That outputs are
 * real is for test/cli/guide.test.ts to say.) The links of all pages lead somewhere.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { equalFusions } from "../sim/equalFusions.js";
import { largestBatches } from "../sim/limits.js";
import { memoryReport } from "../sim/memoryReport.js";
import { predict } from "../sim/predict.js";
import { queryOf, trainingStepOf } from "../sim/query.js";
import { simulatedStep } from "../sim/simulatedStep.js";
import { bytesMoved } from "../sim/time.js";
import { compiledProducts, exportedSteps } from "../sim/validation/rows.js";
import { operations } from "../src/ops/registry.js";
import { hostMemory, hostProgram } from "../src/program/hostMemory.js";
import { byteSize, elementCount, type Phase } from "../src/program/types.js";
import { findRecipe } from "../src/recipes/recipes.js";
import { opName } from "../src/stablehlo/opName.js";
import { formatBytes, formatCount, formatDifference, formatSeconds } from "../src/units/quantity.js";
import { probesFor } from "../train/probes.js";
import { linkedFiles, quotations, shownCommands } from "./docs/page.js";
import { constantsOf, sumsOf, wrongSums } from "./docs/sums.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

const PAGE = "docs/how-it-works.md";
const page = read(PAGE);
/** Without line ends and marks, for sentences. */
const prose = page.replace(/\s+/g, " ").replaceAll("*", "");

const query = { model: "vit-s16", modelOptions: {}, hardware: "tpu-v3-8", plan: {} };
const step = simulatedStep({ ...query, globalBatch: 1024 });
const schedule = step.simulation.program.schedule;
const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

describe("sums", () => {
  const sums = sumsOf(page);
  const shown = shownCommands(page).flatMap((command) => command.shown);

  it("come out, with the constants of the profile", () => {
    expect(sums.length).toBeGreaterThan(10);
    expect(wrongSums(sums, constantsOf(step.chip))).toEqual([]);
  });

  it.each(["matrix", "vector", "memory", "fusion", "collectives"])(
    "%s ends in a figure that is shown",
    (name) => {
      const figure = sums.find((each) => each.name === name)?.sides.at(-1);
      expect(shown.filter((line) => line.includes(` ${figure}`))).not.toEqual([]);
    },
  );

  it("of what is saved leave no tensor out", () => {
    const { categories, tensors, peak } = memoryReport(step);
    const saved = categories.find(({ name }) => name === "saved activations")!;
    const ofName = (name: string) => sums.find((each) => each.name === name)!.sides;
    const sizes = new Set([...ofName("saved")[0]!.matchAll(/\d+(?:,\d{3})+/g)].map(([size]) => size));
    const alive = tensors.filter(({ category }) => category === saved.name);
    expect(sizes).toEqual(new Set(alive.map(({ paddedBytes }) => formatCount(paddedBytes))));
    expect(ofName("saved").at(-1)).toBe(formatCount(saved.bytes));
    expect(ofName("peak").at(-1)).toBe(formatCount(peak.bytes));
    for (const { name, bytes } of categories)
      if (name !== saved.name) expect(ofName("peak")[0]).toContain(formatCount(bytes));
  });

  it("notice what is wrong", () => {
    const wrong = (text: string) => wrongSums(sumsOf(`\`\`\`arithmetic\n${text}\n\`\`\``), { clock: 940e6 });
    expect(wrong("a = 3 × 940 / clock\n  = 3 µs")).toEqual([]);
    expect(wrong("a = 1 MiB\n  = 1,048,576 bytes\n2 × a = 2,097,152")).toEqual([]);
    expect(wrong("2 / 3 = 66.7 %")).toEqual([]);
    expect(wrong("2 / 3 = 66.6 %")).toHaveLength(1);
    expect(wrong("a = 3 × 940 / clock\n  = 3 × 941 / 940 MHz\n  = 3.000 µs")).toHaveLength(1);
    expect(wrong("1,024 × 3 = 3,073")).toHaveLength(1);
  });
});

/** Steps of the schedule that differ, in what they do or in layouts. */
function differentSteps(): number {
  const { program } = step.simulation;
  const numberOf = equalFusions(program.fused);
  const priced = schedule.filter(({ fusion }) => fusion.kind !== "collective");
  const layoutOf = (id: number) => program.buffers[id]!.layout;
  const different: (typeof priced)[number][] = [];
  for (const each of priced) {
    const isEqual = (other: typeof each) =>
      numberOf(other.fusion) === numberOf(each.fusion) &&
      (["reads", "writes"] as const).every(
        (which) =>
          other[which].length === each[which].length &&
          other[which].every((id, i) => layoutOf(id) === layoutOf(each[which][i]!)),
      );
    if (!different.some(isEqual)) different.push(each);
  }
  return different.length;
}

describe("sentences count right", () => {
  const { program, simulation } = step;
  const count = (phase: Phase) => program.operations.filter((operation) => operation.phase === phase).length;
  const kinds = (kind: string) => schedule.filter(({ fusion }) => fusion.kind === kind).length;
  const ofName = (name: string) => program.operations.filter((operation) => operation.name === name).length;
  const parameters = program.inputs.filter(({ role }) => role === "parameter");
  const says = (...sentences: readonly string[]) => {
    expect(sentences.filter((sentence) => !prose.includes(sentence))).toEqual([]);
  };

  it("of the program and its fusions", () => {
    says(
      `There are ${Object.keys(operations).length} operations, and but for a few`,
      `${formatCount(program.operations.length)} operations, of which ${formatCount(count("forward"))} are forward, ` +
        `${formatCount(count("backward"))} backward and ${formatCount(count("update"))} update the ${parameters.length} parameters`,
      `only the ${ofName("allReduce")} \`allReduce\` know`,
      `It makes ${formatCount(simulation.program.fused.fusions.length)} fusions of the ${formatCount(program.operations.length)} operations`,
      `With ${kinds("copy")} copies, of which more below, the schedule has ${formatCount(schedule.length)} entries`,
      `The training step takes what its ${formatCount(schedule.length)} entries take`,
      `Of the ${schedule.length - kinds("collective")} entries of our schedule that are no collectives only ${differentSteps()} differ`,
    );
  });

  it("of sharding", () => {
    const sharded = trainingStepOf(
      { ...query, plan: { shard: "fsdp" }, globalBatch: 1024 },
      step.plan.devices,
    ).program;
    const kernel = sharded.inputs.find(({ name }) => name === "vit/encoder/block0/mlp/up/kernel")!;
    says(`up holds ${sharded.types[kernel.value]!.shape.join(" × ")} of its kernel`);
    expect(sharded.operations.some(({ name }) => name === "reduceScatter")).toBe(true);
  });

  it("of what fusion saves", () => {
    const { fusion } = schedule[15]!;
    const bytes = fusion.operations.flatMap(({ operands, results }) =>
      [...operands, ...results].map((value) => byteSize(program.types[value]!)),
    );
    const megabytes = (amount: number) => formatCount(Math.round(amount / 1e5) / 10);
    expect(fusion.operations).toHaveLength(20);
    says(
      `Twenty operations, of two layers`,
      `with its operands and its result in memory, they would move ${megabytes(sum(bytes))} MB; ` +
        `together they move ${megabytes(bytesMoved(schedule[15]!, simulation.program))} MB`,
    );
    const computing = (value: number) =>
      schedule.filter((each) => each.fusion.operations.some(({ results }) => results.includes(value)));
    expect(computing(122).map(({ fusion: { phase } }) => phase)).toEqual(["forward", "backward"]);
    for (const { fusion: made } of computing(122)) expect(made.writes).not.toContain(122);
    expect(schedule.some(({ fusion: { writes } }) => writes.includes(142))).toBe(false);
  });

  it("of batches that are too large", () => {
    const recomputed = (globalBatch: number) =>
      simulatedStep({ ...query, globalBatch }).simulation.recomputed.size;
    expect(largestBatches(query)).toMatchObject({ largestBatchWithoutRecompute: 4096 });
    expect(recomputed(4096)).toBe(0);
    says(
      `At 8,192, ${recomputed(8192)} fusions are`,
      `at 16,384, with ${recomputed(16384)} fusions recomputed`,
      `(8,192: ${formatBytes(predict({ ...query, globalBatch: 8192 }).memory.peakBytes)})`,
    );
  });

  it("of the compiler's own figures", () => {
    const plan = { momentumDtype: "bf16" } as const;
    const compiled = (globalBatch: number) =>
      exportedSteps().find(
        ({ query: { model, hardware, globalBatch: batch }, options }) =>
          model === query.model &&
          hardware === query.hardware &&
          batch === globalBatch &&
          options === "--optimizer adamw --momentum-dtype bf16",
      )!;
    const ours = predict({ ...query, plan, globalBatch: 1024 }).memory.peakBytes;
    const theirs = compiled(1024).peakBytes;
    const less = formatDifference(ours / theirs - 1).replace("−", "");
    says(`It needs ${formatCount(theirs)} bytes; we say ${formatCount(ours)}, ${less} less`);
    const { recomputed, peakBytes } = compiled(8192);
    says(`at 8,192, recomputes more, ${recomputed} instructions, and needs ${formatBytes(peakBytes)}`);

    const { root: up } = schedule[15]!.fusion;
    const products = compiledProducts().get("vit-s16,--optimizer adamw --momentum-dtype bf16,tpu-v3-8,1024")!;
    const elements = elementCount(program.types[up.results[0]!]!.shape);
    const name = opName(up).replace("block0", "block*");
    const { cycles } = products.find((product) => product.name === name && product.elements === elements)!;
    const seconds = cycles / step.chip.clockHertz.value;
    const above = formatDifference(simulation.times[15]!.seconds / seconds - 1).replace("+", "");
    says(`is ${formatCount(cycles)} cycles, ${(seconds * 1e6).toFixed(1)} µs: we are ${above} above it`);
  });

  it("of runs and of collectives", () => {
    const recipe = findRecipe("vit-s16-90ep");
    const stepSeconds = sum(simulation.times.map(({ seconds }) => seconds));
    const weights = sum(parameters.map(({ value }) => elementCount(program.types[value]!.shape)));
    const ofRun = predict(queryOf(recipe), { recipe });
    const { modelFlopsPerExample, batchPerDevice } = predict({ ...query, globalBatch: 1024 });
    says(
      `${ofRun.run!.hours.toFixed(3)} × devices`,
      `${batchPerDevice} × ${(modelFlopsPerExample / 1e9).toFixed(2)} GFLOP / (${(stepSeconds * 1e3).toFixed(1)} ms`,
      `the gradients and the loss, ${formatCount(weights + 1)} numbers`,
      `its steps take ${formatSeconds(ofRun.time.stepSeconds)} and not ${formatSeconds(stepSeconds)}`,
    );
  });

  it("of the host", () => {
    const plan = { devices: 1, activations: "f32" } as const;
    const host = trainingStepOf({ ...query, plan, globalBatch: 8 }, 1).program;
    const run = hostProgram(host);
    const calls = run.steps.filter(({ results }) => !run.storage.sharedWith.has(results[0]!));
    const groups = (name: string) => run.steps.filter(({ group }) => group?.name === name).length;
    says(
      `which leaves ${formatCount(host.operations.length)} operations`,
      `${run.steps.filter(({ group }) => group).length} groups, among them ${groups("softmax")} softmaxes, ` +
        `${groups("gelu")} GELUs and ${groups("adamUpdate")} updates by AdamW`,
      `The step is then ${formatCount(calls.length)} calls`,
      `They say ${formatCount(hostMemory(host, run).peakBytes)} bytes`,
      `runs ${probesFor("tensorflow").length} small programs`,
    );
  });
});

describe("the sources", () => {
  const quoted = quotations(page);

  it("are quoted", () => expect(quoted.length).toBeGreaterThan(1));

  it.each(quoted)("have what is quoted of $path", ({ path, text }) => expect(read(path)).toContain(text));
});

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
  "examples/jax/README.md",
];

it.each(pages)("%s links to files that are there", (path) => {
  const missing = linkedFiles(read(path)).filter((target) => !existsSync(join(root, dirname(path), target)));
  expect(missing).toEqual([]);
});
