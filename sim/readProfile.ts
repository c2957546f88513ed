/**
 * @file A profile as it was written becomes one that is checked, or one line that says where it is wrong and what would be right.
 */
import { z } from "zod";
import { nearestName } from "../src/units/nearestName.js";
import { UserError } from "../src/units/userError.js";
import { derivedFrom } from "./derivedProfile.js";
import type { JsonPath, JsonText } from "./jsonText.js";
import { type HardwareProfile, profileSchema, profileSchemas } from "./profile.js";

/** As it is shown in a message: on one line, and not too long. */
function shown(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** How a constant is written. */
const SOURCED = 'a constant is written {"value": 1050000000, "source": "data sheet"}';

const typeNames: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  array: "a list",
  object: "an object",
  record: "an object",
  boolean: "true or false",
};

/** What would be right, in our words; zod's where there are none. */
function wordsOf(issue: z.core.$ZodRawIssue): string | undefined {
  const { input } = issue;
  const given = input === undefined ? "missing" : shown(input);
  switch (issue.code) {
    case "invalid_type": {
      const isSourced = issue.inst instanceof z.ZodObject && "source" in issue.inst.shape;
      return `${given}: ${isSourced ? SOURCED : `${typeNames[issue.expected] ?? issue.expected} belongs here`}`;
    }
    case "too_small":
      return typeof input === "number"
        ? `${given} is too small: ${issue.minimum} is the least`
        : `${given}: it may not be empty`;
    case "too_big":
      return `${given} is too much: ${issue.maximum} is the most`;
    case "invalid_value": {
      const choices = issue.values.map(String);
      return `${given}: ${typeof input === "string" ? nearestName(input, choices) : `one of ${choices.join(", ")} belongs here`}`;
    }
    default:
      return undefined;
  }
}

/** The names that an object at some place of a profile may have. */
function namesAt(kind: keyof typeof profileSchemas, path: JsonPath): readonly string[] {
  let schema: unknown = profileSchemas[kind];
  for (const step of path) {
    if (schema instanceof z.ZodOptional) schema = schema.unwrap();
    if (schema instanceof z.ZodObject) schema = schema.shape[step as string];
    else if (schema instanceof z.ZodArray) schema = schema.element;
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
  }
  if (schema instanceof z.ZodOptional) schema = schema.unwrap();
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const isKind = (kind: unknown): kind is keyof typeof profileSchemas =>
  typeof kind === "string" && Object.hasOwn(profileSchemas, kind);

/** What is wrong with a profile first of all: a name that is mistyped is also one that is missing. */
interface Mistake {
  readonly path: JsonPath;
  readonly what: "value" | "name";
  readonly words: string;
}

function mistakeOf(issues: readonly z.core.$ZodIssue[], kind: unknown): Mistake {
  const path = (issue: z.core.$ZodIssue) => issue.path.map((step) => (typeof step === "symbol" ? "" : step));
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const [name] = issue.keys as [string];
    const known = isKind(kind) ? namesAt(kind, path(issue)) : [];
    return { path: [...path(issue), name], what: "name", words: `unknown; ${nearestName(name, known)}` };
  }
  const [first] = issues as readonly [z.core.$ZodIssue, ...z.core.$ZodIssue[]];
  return { path: path(first), what: "value", words: first.message };
}

/** Where a profile was written: a file, or a program. */
export type Written = Pick<JsonText, "value" | "placeOf">;

/** Refuses the part of a profile at the end of a path. */
const refusal = ({ path, what, words }: Mistake, placeOf: Written["placeOf"]): UserError =>
  // Names that people give may have lines.
  new UserError(
    `${placeOf(path, what)}: ${path.join(".") || "the profile"}: ${words}`.replaceAll(/\s+/g, " "),
  );

/**
 * Checks a profile that is whole.
 *
 * @throws UserError that says where the first mistake is, and what would be right
 */
export function checkedProfile(
  name: string,
  whole: Readonly<Record<string, unknown>>,
  placeOf: Written["placeOf"],
): HardwareProfile {
  const { kind } = whole;
  if (!isKind(kind)) {
    const given = kind === undefined ? "missing" : shown(kind);
    const words = `${given}: one of ${Object.keys(profileSchemas).join(", ")} belongs here`;
    throw refusal({ path: ["kind"], what: "value", words }, placeOf);
  }
  const parsed = profileSchema.safeParse(whole, { error: wordsOf });
  if (!parsed.success) throw refusal(mistakeOf(parsed.error.issues, kind), placeOf);
  return { ...parsed.data, name };
}

type BaseOf = (name: string) => HardwareProfile;

/** A profile with what it leaves to its base. @throws UserError for a base that there is not, or is not enough */
function withBase(
  changes: Readonly<Record<string, unknown>>,
  baseOf: BaseOf,
  mistaken: (path: JsonPath, words: string) => UserError,
): Readonly<Record<string, unknown>> {
  const { base } = changes;
  if (typeof base !== "string")
    throw mistaken(["base"], `${shown(base)}: the name of a profile belongs here`);
  if ("memoryBytes" in changes && !("usableMemoryBytes" in changes))
    throw mistaken(
      ["memoryBytes"],
      "another than its base's: say usableMemoryBytes, what the runtime leaves of it, too",
    );
  try {
    return derivedFrom(baseOf(base), changes);
  } catch (error) {
    if (error instanceof UserError) throw mistaken(["base"], error.message);
    throw error;
  }
}

/**
 * Checks a profile, with what it leaves to its base if it has one.
 *
 * @param name of the profile
 * @param baseOf the profile of the name after `base`
 * @throws UserError that says where the first mistake is, and what would be right
 */
export function readProfile(name: string, { value, placeOf }: Written, baseOf: BaseOf): HardwareProfile {
  const mistaken = (path: JsonPath, words: string) => refusal({ path, what: "value", words }, placeOf);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw mistaken([], `${shown(value)}: an object with the machine's constants belongs here`);
  const written = value as Readonly<Record<string, unknown>>;
  const whole = written.base === undefined ? written : withBase(written, baseOf, mistaken);
  return checkedProfile(name, whole, placeOf);
}
