/** @file Colours of what is in memory, the same in all charts of a report. */
import { type Palette, paletteOf } from "./palette.js";
import type { ReportData } from "./reportData.js";

/** What there is at the worst moment first, by its size, then what there is at others. */
export function memoryPalette({ answer, step }: ReportData): Palette {
  const atWorst = answer.memory.parts.map(({ name }) => name);
  const atOthers = (step?.memory.timeline ?? []).flatMap(({ parts }) => Object.keys(parts));
  return paletteOf([...atWorst, ...atOthers]);
}
