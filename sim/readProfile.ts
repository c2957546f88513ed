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

/**
 * Checks a profile.
 *
 * @param name of the profile
 * @param baseOf the profile of the name after `base`
 * @throws UserError that says where the first mistake is, and what would be right
 */
export function readProfile(
  name: string,
  { value, placeOf }: Written,
  baseOf: (name: string) => HardwareProfile,
): HardwareProfile {
  const refuse = ({ path, what, words }: Mistake): UserError =>
    new UserError(`${placeOf(path, what)}: ${path.join(".") || "the profile"}: ${words}`);
  const mistaken = (path: JsonPath, words: string) => refuse({ path, what: "value", words });
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw mistaken([], `${shown(value)}: an object with the machine's constants belongs here`);
  let whole = value as Readonly<Record<string, unknown>>;
  if (whole.base !== undefined) {
    if (typeof whole.base !== "string")
      throw mistaken(["base"], `${shown(whole.base)}: the name of a profile belongs here`);
    let base: HardwareProfile;
    try {
      base = baseOf(whole.base);
    } catch (error) {
      if (error instanceof UserError) throw mistaken(["base"], error.message);
      throw error;
    }
    if ("memoryBytes" in whole && !("usableMemoryBytes" in whole))
      throw mistaken(
        [],
        "memoryBytes is another, so usableMemoryBytes, what the runtime leaves of it, is, too",
      );
    whole = derivedFrom(base, whole);
  }
  if (!isKind(whole.kind)) {
    const given = whole.kind === undefined ? "missing" : shown(whole.kind);
    throw mistaken(["kind"], `${given}: one of ${Object.keys(profileSchemas).join(", ")} belongs here`);
  }
  const parsed = profileSchema.safeParse(whole, { error: wordsOf });
  if (!parsed.success) throw refuse(mistakeOf(parsed.error.issues, whole.kind));
  return { ...parsed.data, name };
}
