/** @file What a device's memory is full of at the worst moment. */
import { formatBytes } from "../../units/quantity.js";
import type { Html } from "./html.js";
import { memoryPalette } from "./memoryPalette.js";
import type { ReportData } from "./reportData.js";
import { bytesUnit } from "./scale.js";
import { section } from "./section.js";
import { stackedBar } from "./stackedBar.js";

export function memorySection(data: ReportData): Html {
  const { answer, machine } = data;
  const { peakBytes, capacityBytes, parts } = answer.memory;
  const bar = stackedBar({
    label: `Memory at the worst moment: ${formatBytes(peakBytes)} of ${formatBytes(capacityBytes)}, by what it is.`,
    parts: parts.map(({ name, bytes }) => ({ name, amount: bytes })),
    format: formatBytes,
    unit: bytesUnit(Math.max(peakBytes, capacityBytes)),
    palette: memoryPalette(data),
    limit: { name: "capacity", amount: capacityBytes },
  });
  return section(
    "memory",
    `Memory of a ${machine.deviceName} at the worst moment: ${formatBytes(peakBytes)}`,
    bar,
  );
}
