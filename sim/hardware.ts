/**
 * @file Hardware profiles by their names: one JSON file a machine in `hardware-profiles/`, the only place where a chip is named,
 * those that `willfit calibrate` made on this computer, and any JSON file that is named by its path.
 */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import envPaths from "env-paths";
import { packagePath } from "../src/packagePath.js";
import { readText } from "../src/readText.js";
import { nearestName } from "../src/units/nearestName.js";
import { UserError } from "../src/units/userError.js";
import { writeWhole, writing } from "../src/writeWhole.js";
import { readJsonText, requireNamesOnce } from "./jsonText.js";
import type { HardwareProfile, HostProfile } from "./profile.js";
import { checkedProfile, readProfile } from "./readProfile.js";

export {
  type AcceleratorProfile,
  fusionRules,
  type HardwareProfile,
  type HostCalibration,
  type HostProfile,
} from "./profile.js";

const PROFILES = "hardware-profiles";

/** Where the profiles made on this computer lie: with the person's other settings, unless WILLFIT_CONFIG names a folder. */
function madeHereFolder(): string {
  return join(process.env.WILLFIT_CONFIG || envPaths("willfit", { suffix: "" }).config, PROFILES);
}

/** What is named by its path rather than by a name of the list. */
export const isProfilePath = (hardware: string): boolean => hardware.endsWith(".json");

/** Letters, digits, dots, dashes and underscores: a profile's name is a file's, and may not lead out of its folder. */
export const isProfileName = (name: string): boolean => /^\w[\w.-]*$/.test(name) && !isProfilePath(name);

/** The file of a profile made on this computer, whether it is there or not. @throws UserError for what can be no name */
export function madeHerePath(name: string): string {
  if (!isProfileName(name))
    throw new UserError(`${name}: not letters, digits, dots, dashes and underscores; write our-h100`);
  return join(madeHereFolder(), `${name}.json`);
}

function namesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .filter(isProfileName);
}

const shippedPath = (name: string): string => packagePath(`${PROFILES}/${name}.json`);

/** Whether a profile of this name comes with the project. */
export const isShipped = (name: string): boolean => namesIn(packagePath(PROFILES)).includes(name);

/** Names of all profiles, sorted. */
export function hardwareNames(): readonly string[] {
  return [...new Set([...namesIn(packagePath(PROFILES)), ...namesIn(madeHereFolder())])].sort();
}

/** A machine by its name, by the path of a JSON file, or as what `defineHardware` gives. */
export type HardwareLike = string | HardwareProfile;

/** Profiles by their files. */
const loaded = new Map<string, HardwareProfile>();

/** The file that a name stands for. @throws UserError for an unknown name */
function pathOf(name: string): string {
  if (isProfilePath(name)) return name;
  if (isProfileName(name)) {
    const madeHere = madeHerePath(name);
    const path = existsSync(madeHere) ? madeHere : shippedPath(name);
    // Every prediction asks: the list is read for names that are new.
    if (loaded.has(path) || hardwareNames().includes(name)) return path;
  }
  throw new UserError(`unknown hardware "${name}"; ${nearestName(name, hardwareNames())}`);
}

/** @param derived names of the profiles that are being derived from this one */
function profileNamed(name: string, derived: readonly string[]): HardwareProfile {
  if (derived.includes(name))
    throw new UserError(`"${name}" is derived from itself: ${[...derived, name].join(", of ")}`);
  const path = pathOf(name);
  const known = loaded.get(path);
  if (known) return known;
  const text = readText(path);
  // Of the project's own a test knows that no name is there twice: to look for it takes longer than all the rest.
  if (path !== shippedPath(name)) requireNamesOnce(path, text);
  // The path of a base is relative to the file that says it.
  const baseOf = (base: string) =>
    profileNamed(isProfilePath(base) && isProfilePath(name) ? join(dirname(name), base) : base, [
      ...derived,
      name,
    ]);
  const profile = readProfile(name, readJsonText(path, text), baseOf);
  loaded.set(path, profile);
  return profile;
}

/** Objects that have been looked at. */
const accepted = new WeakSet<HardwareProfile>();

/** @throws UserError for one that is not right, or goes by the name of another: what was compared is not it */
function profileGiven(profile: HardwareProfile): HardwareProfile {
  if (accepted.has(profile)) return profile;
  const { name, ...written } = profile;
  const checked = checkedProfile(name, written, () => `profile ${name}`);
  if (hardwareNames().includes(name) && !isDeepStrictEqual(checked, profileNamed(name, [])))
    throw new UserError(
      `profile ${name}: not what willfit has by this name; defineHardware({ ...profile, name: "my-${name}" }) makes it yours`,
    );
  accepted.add(profile);
  return profile;
}

/**
 * The profile of a machine. A file is read and checked once. A profile made on this computer comes before the project's own of
 * that name; one that is named by the path of its file, which ends in `.json`, is called by that path.
 *
 * @throws UserError for an unknown name, or naming line, column and the first value of the file that is not right
 */
export function loadHardware(hardware: HardwareLike): HardwareProfile {
  return typeof hardware === "string" ? profileNamed(hardware, []) : profileGiven(hardware);
}

/** The project's own host profile, whatever was measured here. */
export function ownHostProfile(): HostProfile {
  const path = shippedPath("host");
  const profile = parseProfile("host", path, readText(path));
  if (profile.kind !== "host") throw new Error(`${path}: not a host`);
  return profile;
}

/** Makes the folder of the profiles of this computer. @throws UserError when it cannot be made */
export function makeProfileFolder(): void {
  const folder = madeHereFolder();
  writing(folder, () => mkdirSync(folder, { recursive: true }));
}

/** Keeps a profile on this computer, from now on under its name. @returns its file @throws UserError when it cannot be written */
export function saveHardware({ name, ...profile }: HardwareProfile): string {
  const path = madeHerePath(name);
  makeProfileFolder();
  writeWhole(path, `${JSON.stringify(profile, undefined, 2)}\n`);
  loaded.delete(path);
  return path;
}

/**
 * A profile out of the text of its file.
 *
 * @throws UserError naming line, column and the first value that is not right
 */
export function parseProfile(name: string, path: string, text: string): HardwareProfile {
  requireNamesOnce(path, text);
  return readProfile(name, readJsonText(path, text), loadHardware);
}
