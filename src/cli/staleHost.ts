/** @file A warning where a host's profile was calibrated on another computer than this is now. */
import type { Terminal } from "./terminal.js";

/** The profile that stands for this computer; of another backend than the best one it is `host-X`. */
export const HOST = "host";

/** Says on standard error what has changed since `hardware` was calibrated, if it is a host that was, and something has. */
export async function warnOfStaleHost(hardware: string, { note }: Terminal): Promise<void> {
  const { loadHardware } = await import("../../sim/hardware.js");
  const profile = loadHardware(hardware);
  if (profile.kind !== "host" || !profile.calibration) return;
  const [{ staleness }, { machineWith }] = await Promise.all([
    import("../../sim/staleness.js"),
    import("../../train/machine.js"),
  ]);
  const { name, calibration } = profile;
  for (const change of staleness(calibration, machineWith(calibration.backend)))
    note(`profile ${name} is out of date: ${change}; \`willfit calibrate\` renews it`);
}
