/** @file `willfit hardware`: the machines; of one, every constant with its source. */
import type { Command } from "commander";
import { type HardwareProfile, hardwareNames, loadHardware } from "../../sim/hardware.js";
import { peakFlopsPerSecond } from "../../sim/peakFlops.js";
import { formatBytes, formatRate } from "../units/quantity.js";
import { constantsInWords } from "./hardwareConstants.js";
import { addHelp, type HelpPage } from "./help.js";
import { printJson, type Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: ["willfit hardware", "willfit hardware tpu-v4x4", "willfit hardware tpu-v4x4 --json"],
  about: `
Peak, memory and bandwidth are one device's. Of one machine every constant that predictions use, with where it is from. A
machine of your own is a JSON file like those in hardware-profiles, or made by \`willfit calibrate\`.
`,
  readOn: `\`willfit calibrate --help\`; docs/validation-time.md, how right predictions are on each.`,
};

async function printAll(terminal: Terminal): Promise<void> {
  const { table } = await import("./table.js");
  const rows = hardwareNames()
    .map(loadHardware)
    .map((machine) => [
      machine.name,
      `${machine.devices} × ${machine.deviceName}`,
      formatRate(peakFlopsPerSecond(machine), "FLOP/s"),
      formatBytes(machine.usableMemoryBytes.value),
      formatRate(machine.memoryBytesPerSecond.value, "B/s"),
      machine.description,
    ]);
  const columns = [
    { heading: "hardware" },
    { heading: "devices" },
    { heading: "peak", align: "right" },
    { heading: "memory", align: "right" },
    { heading: "bandwidth", align: "right" },
    { heading: "what it is", wraps: true },
  ] as const;
  terminal.print(table(columns, rows, terminal));
  terminal.print(
    terminal.colors.dim(
      "\nPeak, memory and bandwidth are one device's. Constants and sources: willfit hardware NAME",
    ),
  );
}

async function printOne(machine: HardwareProfile, terminal: Terminal): Promise<void> {
  const { table } = await import("./table.js");
  const { name, description } = machine;
  const rows = constantsInWords(machine).map((constant) => [constant.name, constant.value, constant.source]);
  const columns = [
    { heading: "constant" },
    { heading: "value", align: "right" },
    { heading: "source", wraps: true },
  ] as const;
  terminal.print(`${terminal.colors.bold(name)}: ${description}\n`);
  terminal.print(table(columns, rows, terminal));
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  command
    .argument("[hardware]", "one of them, or a JSON file like one of theirs: every constant with its source")
    .option("--json", "one JSON object, for programs")
    .action(async (name: string | undefined, { json }: { readonly json?: boolean }) => {
      if (name !== undefined) {
        const machine = loadHardware(name);
        return json ? printJson(terminal, machine) : printOne(machine, terminal);
      }
      if (json) return printJson(terminal, { hardware: hardwareNames().map(loadHardware) });
      await printAll(terminal);
    });
}
