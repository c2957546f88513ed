/** @file `willfit calibrate` without a file: measures this computer, so that predictions for it are right. */
import type { HostProfile } from "../../sim/hardware.js";
import type { BackendName } from "../../train/machine.js";
import { checkWritable, writeWhole } from "../writeWhole.js";
import type { Calibrated } from "./calibrateHostText.js";
import { Interrupted, interruptible } from "./interruption.js";
import { showProgress } from "./progress.js";
import { HOST } from "./staleHost.js";
import { printJson, type Terminal } from "./terminal.js";

export interface CalibrateHostFlags {
  readonly backend?: BackendName;
  readonly quick?: boolean;
  readonly measurements?: string;
  readonly json?: boolean;
}

/** How long to measure; loading, preparing and fitting come on top. */
const [MEASURING_SECONDS, QUICK_SECONDS] = [45, 10];
/** What the bar counts. */
const PERCENT = 100;

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

async function calibrate(flags: CalibrateHostFlags): Promise<Calibrated> {
  const { backend: preference, quick = false, measurements } = flags;
  const name = preference === undefined ? HOST : `${HOST}-${preference}`;
  const { makeProfileFolder, madeHerePath } = await import("../../sim/hardware.js");
  makeProfileFolder();
  for (const path of [madeHerePath(name), ...(measurements === undefined ? [] : [measurements])])
    checkWritable(path);
  const [{ loadBackend }, { measureProbes }, { probesFor }, { watchOtherWork }, { machineWith }] =
    await Promise.all([
      import("../../train/backend.js"),
      import("../../train/measureProbes.js"),
      import("../../train/probes.js"),
      import("../../train/otherWork.js"),
      import("../../train/machine.js"),
    ]);
  const [{ fitHost }, { calibratedProfile, calibrationDifference }, { ownHostProfile, saveHardware }] =
    await Promise.all([
      import("../../sim/hostFit.js"),
      import("../../sim/hostCalibration.js"),
      import("../../sim/hardware.js"),
    ]);
  const { totalmem } = await import("node:os");
  const active = await loadBackend(preference);
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
    const machine = machineWith(active.name);
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
      outliers: fit.outliers,
    };
  } finally {
    progress.stop();
  }
}

/** @throws Interrupted when Ctrl-C ends it; nothing is kept then */
export async function calibrateHost(flags: CalibrateHostFlags, terminal: Terminal): Promise<void> {
  const { calibratedText, measurementsCsv } = await import("./calibrateHostText.js");
  try {
    const answer = await calibrate(flags);
    if (flags.measurements !== undefined) {
      writeWhole(flags.measurements, `${measurementsCsv(answer)}\n`);
      terminal.note(`${answer.measurements.length} measurements in ${flags.measurements}`);
    }
    if (flags.json) return printJson(terminal, answer);
    terminal.print(calibratedText(answer, terminal));
  } catch (error) {
    throw error instanceof Interrupted
      ? new Interrupted(error.signal, "interrupted: nothing was kept")
      : error;
  }
}
