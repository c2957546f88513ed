/**
 * @file Machines as values: a library user's own, checked as a profile's file is, and those that have names.
 */
import type { z } from "zod";
import { UserError } from "../src/units/userError.js";
import { hardwareNames, isProfileName, loadHardware } from "./hardware.js";
import type { HardwareProfile, Named, profileSchema } from "./profile.js";
import { readProfile } from "./readProfile.js";

/** Of an object any part; a constant, which has a source, as a whole. */
type Changes<T> = T extends { readonly source: unknown } | readonly unknown[] | string | number
  ? T
  : { readonly [K in keyof T]?: Changes<T[K]> };

type WholeProfile = Readonly<z.input<typeof profileSchema>>;
type AnyKind = WholeProfile extends infer Kind ? (Kind extends unknown ? Changes<Kind> : never) : never;

interface Derived {
  /** The profile that has all constants of which nothing is said. */
  readonly base: string;
}

/** A machine: all that a profile's file says, or what differs from the profile `base`; and its name. */
export type HardwareDefinition = (WholeProfile & Named) | (AnyKind & Named & Derived);

/**
 * A machine of your own, to be asked about in place of a name.
 *
 *     const larger = defineHardware({
 *       name: "tpu-v4-64g",
 *       base: "tpu-v4x4",
 *       memoryBytes: { value: 64 * 2 ** 30, source: "what if" },
 *       usableMemoryBytes: { value: 62 * 2 ** 30, source: "what if" },
 *     });
 *
 * @throws UserError that names the first value that is not right, and says what would be
 */
export function defineHardware({ name, ...profile }: HardwareDefinition): HardwareProfile {
  if (typeof name !== "string" || !isProfileName(name))
    throw new UserError(
      `defineHardware: name ${String(name)}: not letters, digits, dots, dashes and underscores`,
    );
  // Else it would be taken for the one that was compared with a compiler.
  if (hardwareNames().includes(name))
    throw new UserError(`defineHardware: ${name} is a profile that there is; give yours another name`);
  return readProfile(name, { value: profile, placeOf: () => `defineHardware ${name}` }, loadHardware);
}

/** The profiles by their names, `hardware["tpu-v4x4"]`; each is read when it is asked for. */
export const hardware: Readonly<Record<string, HardwareProfile>> = Object.defineProperties(
  {},
  Object.fromEntries(
    hardwareNames().map((name) => [name, { enumerable: true, get: () => loadHardware(name) }]),
  ),
);
