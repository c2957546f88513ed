/** @file Whether this machine has XLA; tests that need it say why they are skipped. */
import { xlaVersions } from "../../src/stablehlo/xla.js";

async function reasonAgainst(on: "processor" | "tpu"): Promise<string | undefined> {
  try {
    await xlaVersions(on);
    return undefined;
  } catch (error) {
    return `XLA is not available: ${(error as Error).message}`;
  }
}

const reasons = { processor: await reasonAgainst("processor"), tpu: await reasonAgainst("tpu") };

/** Skips the test with the reason, unless programs can be run here (or, `tpu`, compiled for one). */
export function needsXla(skip: (note: string) => void, on: "processor" | "tpu" = "processor"): void {
  const reason = reasons[on];
  if (reason !== undefined) skip(reason);
}
