/** @file Where a run is kept unless someone says otherwise. */
import { existsSync } from "node:fs";
import { join } from "node:path";

export const RUNS_FOLDER = "runs";

/** The first of `runs/MODEL-DATA-1`, `-2`, … that does not exist yet. */
export function newRunFolder(model: string, data: string, base = RUNS_FOLDER): string {
  for (let number = 1; ; number++) {
    const folder = join(base, `${model}-${data}-${number}`);
    if (!existsSync(folder)) return folder;
  }
}
