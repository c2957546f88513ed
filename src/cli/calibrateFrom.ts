/** @file `willfit calibrate --from`: reads measured steps, corrects the profile, says what that did, and keeps it. */
import { basename } from "node:path";
import { calibrateFrom } from "../../sim/calibrateFrom.js";
import { isProfileName, isShipped, loadHardware, saveHardware } from "../../sim/hardware.js";
import { UserError } from "../units/userError.js";
import { calibrationText } from "./calibrateFromText.js";
import { readMeasurements } from "./measurements.js";
import { printJson, type Terminal } from "./terminal.js";

export interface CalibrateFromFlags {
  /** A CSV file of measured steps. */
  readonly from: string;
  /** The profile to correct. */
  readonly base: string;
  /** Of the new profile. */
  readonly name?: string;
  readonly json?: boolean;
}

/** A profile's name is a file's, and is typed after --on. @throws UserError when it cannot be one */
function checkName(name: string): void {
  if (!isProfileName(name))
    throw new UserError(`--name ${name}: not letters, digits, dots, dashes and underscores; write our-h100`);
  if (isShipped(name))
    throw new UserError(
      `--name ${name}: a profile of willfit's own; choose another name, such as ${name}-calibrated`,
    );
}

/** @throws UserError for a file, a base or a name that is not right; nothing is kept then */
export async function calibrateFromFile(
  { from, base: baseName, name = `${basename(baseName, ".json")}-calibrated`, json }: CalibrateFromFlags,
  terminal: Terminal,
): Promise<void> {
  const base = loadHardware(baseName);
  if (base.kind === "host")
    throw new UserError(
      `--base ${baseName}: this computer is no accelerator; measured steps correct TPUs and GPUs`,
    );
  checkName(name);
  const measured = await readMeasurements(from, base.devices);
  const calibration = terminal.during("fitting", () => calibrateFrom(base, measured, { name, from }));
  const file = saveHardware(calibration.profile);
  if (json) {
    const { profile: _profile, ...found } = calibration;
    return printJson(terminal, { name, base: baseName, from, file, ...found });
  }
  terminal.print(calibrationText(calibration, baseName, terminal));
  terminal.note(`${file}: from now on --on ${name}`);
}
