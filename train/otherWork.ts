/** @file How busy other programs keep this computer while something is measured on it. */
import { cpus } from "node:os";

/** Milliseconds that all processors together have been busy, and that there have been of them. */
function processorTimes(): { readonly busy: number; readonly all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const working = times.user + times.nice + times.sys + times.irq;
    busy += working;
    all += working + times.idle;
  }
  return { busy, all };
}

/**
 * Begins to watch. The function that comes back says what share of the processors' time since then went to other
 * programs, 0 to 1.
 */
export function watchOtherWork(): () => number {
  const before = processorTimes();
  const own = process.cpuUsage();
  return () => {
    const now = processorTimes();
    const { user, system } = process.cpuUsage(own);
    const others = now.busy - before.busy - (user + system) / 1000;
    return Math.min(Math.max(others / Math.max(now.all - before.all, 1), 0), 1);
  };
}
