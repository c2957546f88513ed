/**
 * @file The chip as it was measured. A profile's constants are those of the compiler's estimates, or of a data sheet; where runs
 * on the real machine showed these to be off, or nothing is known, the profile's `measured` says what to put in their place, and
 * from which runs that was found.
 */
import { z } from "zod";

/** Constants of a profile that a measurement may replace. They say how long things take; no pass but time reads them. */
const correctable = [
  "efficiency.matrix",
  "efficiency.memory",
  "registerCycles",
  "operationRegisterCycles",
  "transposedRegisterCycles",
  "transcendentalRegisterCycles",
  "accumulatedRegisterCycles",
  "tapRegisterCycles.channelsInLanes",
  "tapRegisterCycles.batchInLanes",
  "issueSeconds",
  "gatheredRowSeconds",
  "interconnect.linkBytesPerSecond",
  "interconnect.hopSeconds",
  "interconnect.launchSeconds",
] as const;

/** A constant's name: where it is in the profile. */
export type Correctable = (typeof correctable)[number];

export const correctionSchema = z.strictObject({
  constant: z.enum(correctable),
  value: z.number().positive(),
  source: z.string().min(1),
  /** What it was fitted to, published runs by their recipes' names or measured steps: these say nothing of how good it is. */
  rows: z.array(z.string()).min(1),
});

export type Correction = Readonly<z.infer<typeof correctionSchema>>;

interface Sourced {
  readonly value: number;
  readonly source: string;
}

type Node = Readonly<Record<string, unknown>>;

/** The constant of this name. */
export function constantOf(profile: object, constant: Correctable): Sourced {
  const found = constant.split(".").reduce<unknown>((node, key) => (node as Node)[key], profile);
  return found as Sourced;
}

function replaced(node: Node, [key, ...rest]: readonly string[], value: Sourced): Node {
  return { ...node, [key!]: rest.length === 0 ? value : replaced(node[key!] as Node, rest, value) };
}

/**
 * A profile with its corrections in force.
 *
 * @param accepts which corrections: all, unless some of the runs they were fitted to are to be predicted from the others
 */
export function asMeasured<Profile extends { readonly measured: readonly Correction[] }>(
  profile: Profile,
  accepts: (correction: Correction) => boolean = () => true,
): Profile {
  return profile.measured
    .filter(accepts)
    .reduce<Profile>(
      (changed, { constant, value, source }) =>
        replaced(changed as Node, constant.split("."), { value, source }) as unknown as Profile,
      profile,
    );
}
