/**
 * @file `npm run validate:memory -- --compile`: asks the TPU compiler again for every step of test/reference/xla-memory.json.
 * Takes Python with JAX and libtpu, and hours; what has been compiled before is kept by `willfit verify`.
 */
import { packagePath } from "../../src/packagePath.js";
import { writeWhole } from "../../src/writeWhole.js";
import { verify } from "../verify.js";
import { type Exported, exportedReference, parseOptions } from "./rows.js";

type Step = Exported["steps"][number];

async function compileStep({ model, options, hardware, globalBatch, tuned }: Step) {
  const query = { model, hardware, globalBatch, ...parseOptions(options) };
  const { compiler, compilerRematerialized, compilerVersions } = await verify(query);
  const { verdict, peakBytes, flops, cycles } = compiler;
  const recomputed = compilerRematerialized;
  const step: Step = {
    model,
    options,
    hardware,
    globalBatch,
    verdict,
    peakBytes,
    flops,
    cycles,
    recomputed,
    tuned,
  };
  return { step, compilerVersions };
}

/** One step or limit a line, so that a change shows. */
function formatReference({ compiler, compiled, steps, limits }: Exported): string {
  const lines = (items: readonly unknown[]) => items.map((item) => `    ${JSON.stringify(item)}`).join(",\n");
  return [
    `{\n  "compiler": ${JSON.stringify(compiler)},\n  "compiled": ${JSON.stringify(compiled)},`,
    `  "steps": [\n${lines(steps)}\n  ],`,
    `  "limits": [\n${lines(limits)}\n  ]\n}\n`,
  ].join("\n");
}

/** Compiles every step, says on standard error how far it is, and writes the reference anew when all are there. */
export async function compileSteps(): Promise<void> {
  const reference = exportedReference();
  const steps: Step[] = [];
  let compiler = reference.compiler;
  for (const [i, known] of reference.steps.entries()) {
    const { model, hardware, globalBatch } = known;
    process.stderr.write(`${i + 1}/${reference.steps.length} ${model}, ${globalBatch} on ${hardware}\n`);
    const { step, compilerVersions } = await compileStep(known);
    compiler = Object.fromEntries(
      Object.entries(compilerVersions).map(([name, version]) => [name, version ?? ""]),
    );
    steps.push(step);
  }
  const compiled = new Date().toISOString().slice(0, 10);
  writeWhole(
    packagePath("test/reference/xla-memory.json"),
    formatReference({ ...reference, compiler, compiled, steps }),
  );
}
