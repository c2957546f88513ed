/**
 * @file The chip as it was measured. A profile's constants are those of the compiler's estimates; where runs on the real
 * machine showed these to be off, or the compiler says nothing, the profile's `measured` says what to put in their place, and
 * from which published runs that was found.
 */
import { z } from "zod";

/** Constants of a profile that a measurement may replace. */
const correctable = [
  "tapRegisterCycles.channelsInLanes",
  "tapRegisterCycles.batchInLanes",
  "interconnect.launchSeconds",
  "gatheredRowSeconds",
] as const;

export const correctionSchema = z.strictObject({
  constant: z.enum(correctable),
  value: z.number().positive(),
  source: z.string().min(1),
  /** The published runs that it was fitted to, by their recipes' names: they say nothing of how good it is. */
  rows: z.array(z.string()).min(1),
});

export type Correction = Readonly<z.infer<typeof correctionSchema>>;

interface Sourced {
  readonly value: number;
  readonly source: string;
}

/** What of a profile may be corrected. */
interface Correctable {
  readonly measured: readonly Correction[];
  readonly gatheredRowSeconds: Sourced;
  readonly tapRegisterCycles: { readonly channelsInLanes: Sourced; readonly batchInLanes: Sourced };
  readonly interconnect: { readonly launchSeconds: Sourced };
}

/**
 * A profile with its corrections in force.
 *
 * @param accepts which corrections: all, unless some of the runs they were fitted to are to be predicted from the others
 */
export function asMeasured<Profile extends Correctable>(
  profile: Profile,
  accepts: (correction: Correction) => boolean = () => true,
): Profile {
  const found = new Map(
    profile.measured.filter(accepts).map((correction) => [correction.constant, correction]),
  );
  const corrected = (constant: Correction["constant"], known: Sourced): Sourced =>
    found.get(constant) ?? known;
  const { gatheredRowSeconds, tapRegisterCycles, interconnect } = profile;
  const { channelsInLanes, batchInLanes } = tapRegisterCycles;
  return {
    ...profile,
    gatheredRowSeconds: corrected("gatheredRowSeconds", gatheredRowSeconds),
    tapRegisterCycles: {
      channelsInLanes: corrected("tapRegisterCycles.channelsInLanes", channelsInLanes),
      batchInLanes: corrected("tapRegisterCycles.batchInLanes", batchInLanes),
    },
    interconnect: {
      ...interconnect,
      launchSeconds: corrected("interconnect.launchSeconds", interconnect.launchSeconds),
    },
  };
}
