/**
 * @file Prints what each pass made of the program, one line an item, for people who want to know why.
 */

import { formatProgram } from "../src/program/print.js";
import { formatType, type Program } from "../src/program/types.js";
import { formatBytes, formatPercent } from "../src/units/quantity.js";
import { fuse } from "./fuse.js";
import type { Fusion } from "./fusion.js";
import { fusionRules, loadHardware } from "./hardware.js";
import { layOut } from "./layout.js";
import { usage } from "./memory.js";
import type { PassName } from "./passNames.js";
import { type AnyQuery, trainingStepOf } from "./query.js";
import { simulate } from "./simulate.js";
import { chipOf } from "./simulatedStep.js";
import { type Layout, layoutText, paddingShare } from "./tiles.js";

function programOf(query: AnyQuery, devices: number): Program {
  return trainingStepOf(query, devices).program;
}

function heading({ kind, phase, scope, operations }: Fusion): string {
  const names = operations.map(({ name }) => name);
  const shown = names.length > 6 ? [...names.slice(0, 6), `… ${names.length - 6} more`] : names;
  return `${kind.padEnd(11)} ${phase.padEnd(9)} ${scope}  [${shown.join(" ")}]`;
}

/** `bf16[128,6,196,196]{3,2,1,0} 75 MiB, 33.3 % padding`; nothing of padding where there is none. */
function describeLayout(layout: Layout): string {
  const share = paddingShare(layout);
  const padding = share > 0 ? `, ${formatPercent(share)} padding` : "";
  return `${formatType(layout.type)}${layoutText(layout)} ${formatBytes(layout.paddedBytes)}${padding}`;
}

function explainFusions(query: AnyQuery): string {
  const chip = chipOf(query);
  const { program, fusions } = fuse(programOf(query, chip.devices), fusionRules(chip));
  return fusions
    .map((fusion) => {
      const typed = (values: readonly number[]) =>
        values.map((value) => `%${value} ${formatType(program.types[value]!)}`).join(", ");
      return `${heading(fusion)}\n  reads  ${typed(fusion.reads)}\n  writes ${typed(fusion.writes)}`;
    })
    .join("\n");
}

function explainLayouts(query: AnyQuery): string {
  const chip = chipOf(query);
  const { buffers, schedule } = layOut(fuse(programOf(query, chip.devices), fusionRules(chip)), chip);
  return schedule
    .map(({ fusion, writes }) => {
      const layouts = writes.map((id) => `  %${buffers[id]!.value} ${describeLayout(buffers[id]!.layout)}`);
      return [heading(fusion), ...layouts].join("\n");
    })
    .join("\n");
}

function explainMemory(query: AnyQuery): string {
  const chip = chipOf(query);
  const { program, peak, timeline } = simulate(programOf(query, chip.devices), chip);
  const alive = usage(timeline);
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(3)} GiB`;
  const steps = program.schedule.map(
    ({ fusion }, i) =>
      `${String(i).padStart(5)} ${gib(timeline.argumentBytes + alive[i]!)}${i === peak.step ? " <- peak" : ""}  ${heading(fusion)}`,
  );
  const parts = peak.parts.map(({ name, bytes }) => `  ${name}: ${gib(bytes)}`);
  return [`peak ${gib(peak.peakBytes)} at step ${peak.step}`, ...parts, ...steps].join("\n");
}

function explainTime(query: AnyQuery): string {
  const chip = chipOf(query);
  const { program, times } = simulate(programOf(query, chip.devices), chip);
  const micro = (seconds: number) => (seconds * 1e6).toFixed(1).padStart(9);
  const lines = program.schedule.map(({ fusion }, i) => {
    const { seconds, matrix, vector, memory } = times[i]!;
    return `${String(i).padStart(5)} ${micro(seconds)} ${micro(matrix)} ${micro(vector)} ${micro(memory)}  ${heading(fusion)}`;
  });
  return ["             µs    matrix    vector    memory", ...lines].join("\n");
}

/** What each pass made of the program of a question, in the order in which they run. */
export const passes: Readonly<Record<PassName, (query: AnyQuery) => string>> = {
  program: (query) => formatProgram(programOf(query, loadHardware(query.hardware).devices)),
  fuse: explainFusions,
  layout: explainLayouts,
  memory: explainMemory,
  time: explainTime,
};
