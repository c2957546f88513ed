/** @file `willfit calibrate`: measures this computer, so that predictions for it are worth something. */
import { type Command, Option } from "commander";
import type { HostProfile } from "../../sim/hardware.js";
import type { BackendName } from "../../train/backend.js";
import type { Calibrated } from "./calibrateText.js";
import { Interrupted, interruptible } from "./interruption.js";
import { showProgress } from "./progress.js";
import { printJson, type Terminal } from "./terminal.js";

const examples = `
  willfit calibrate
  willfit calibrate --quick
  willfit calibrate --backend wasm --measurements operations.csv

Runs small layers forward, backward and through their update, times their operations one by one, and finds seconds for each byte
and FLOP of each class of kernels by least squares. Only these measurements enter; --measurements writes them down. The profile
is kept with your settings: --on host then means this computer, and with --backend X it is kept as host-X.
`;

interface CalibrateFlags {
  readonly backend?: BackendName;
  readonly quick?: boolean;
  readonly measurements?: string;
  readonly json?: boolean;
}

/** How long to measure; loading, preparing and fitting come on top. */
const [MEASURING_SECONDS, QUICK_SECONDS] = [45, 10];
/** What the bar counts. */
const PERCENT = 100;

const HOST = "host";

/** The profile of before, if this computer has one; nothing if it cannot be read: then a new one is just what is needed. */
async function calibratedBefore(name: string): Promise<HostProfile | undefined> {
  const { hardwareNames, loadHardware } = await import("../../sim/hardware.js");
  try {
    const known = hardwareNames().includes(name) ? loadHardware(name) : undefined;
    return known?.kind === "host" && known.calibration ? known : undefined;
  } catch {
    return undefined;
  }
}

/** @throws Interrupted when Ctrl-C ends it; nothing is kept then */
async function calibrate({ backend: preference, quick = false }: CalibrateFlags): Promise<Calibrated> {
  const [{ loadBackend }, { measureProbes }, { probesFor }, { watchOtherWork }, { machineOf }] =
    await Promise.all([
      import("../../train/backend.js"),
      import("../../train/measureProbes.js"),
      import("../../train/probes.js"),
      import("../../train/otherWork.js"),
      import("../../train/doctor.js"),
    ]);
  const [{ fitHost }, { calibratedProfile, calibrationDifference }, { ownHostProfile, saveHardware }] =
    await Promise.all([
      import("../../sim/hostFit.js"),
      import("../../sim/hostCalibration.js"),
      import("../../sim/hardware.js"),
    ]);
  const { totalmem } = await import("node:os");
  const active = await loadBackend(preference);
  const name = preference === undefined ? HOST : `${HOST}-${preference}`;
  const before = await calibratedBefore(name);
  const progress = await showProgress(PERCENT, "% measured");
  const otherWork = watchOtherWork();
  let shown = 0;
  const onProgress = (done: number) => {
    const percent = Math.floor(done * PERCENT);
    if (percent > shown) progress.advance(percent - shown);
    shown = percent;
  };
  try {
    const probes = await interruptible((signal) =>
      measureProbes(probesFor(active.name, quick), {
        seconds: quick ? QUICK_SECONDS : MEASURING_SECONDS,
        signal,
        onProgress,
      }),
    );
    const fit = fitHost(probes);
    const machine = machineOf(active);
    const measured = new Date().toISOString();
    const profile = calibratedProfile(ownHostProfile(), fit, machine, {
      name,
      memoryBytes: totalmem(),
      measured,
    });
    return {
      path: saveHardware(profile),
      profile,
      otherWork: otherWork(),
      ...(before && {
        before: {
          measured: before.calibration!.measured,
          ...calibrationDifference(before, profile, fit.measurements),
        },
      }),
      measurements: fit.measurements,
    };
  } finally {
    progress.stop();
  }
}

async function run(flags: CalibrateFlags, terminal: Terminal): Promise<void> {
  const { calibratedText, measurementsCsv } = await import("./calibrateText.js");
  const answer = await calibrate(flags);
  if (flags.measurements !== undefined) {
    const { writeWhole } = await import("../writeWhole.js");
    writeWhole(flags.measurements, `${measurementsCsv(answer.measurements)}\n`);
    terminal.note(`${answer.measurements.length} measurements in ${flags.measurements}`);
  }
  if (flags.json) return printJson(terminal, answer);
  terminal.print(calibratedText(answer, terminal));
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .addOption(
      new Option("--backend <name>", "of the trainer, instead of the best there is").choices([
        "tensorflow",
        "wasm",
        "cpu",
      ]),
    )
    .option("--quick", "in a quarter of the time, and less exactly")
    .option("--measurements <file>", "every measured operation, as CSV")
    .option("--json", "one JSON object, for programs")
    .addHelpText("after", examples)
    .action(async (flags: CalibrateFlags) => {
      try {
        await run(flags, terminal);
      } catch (error) {
        if (error instanceof Interrupted) terminal.note("interrupted: nothing was kept");
        throw error;
      }
    });
}
