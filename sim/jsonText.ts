/**
 * @file JSON that a person wrote: its value, and the line and column of whatever is wrong with it.
 */
import { type DocumentNode, type MemberNode, parse, type ValueNode } from "@humanwhocodes/momoa";
import { UserError } from "../src/units/userError.js";

/** Where something is in a value: keys and indices from the outermost to the innermost. */
export type JsonPath = readonly (string | number)[];

/** A place in a text, both from 1 on. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** Nobody's profile is nested deeper; what is would end the parser's recursion before the text. */
const MOST_DEPTH = 100;

const placeAt = (text: string, offset: number): Place => {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
};

/** @returns the tree, or where there is something else than JSON */
function treeOf(text: string): DocumentNode | Place {
  try {
    return parse(text, { mode: "json" });
  } catch (error) {
    const { line = 1, column = 1 } = error as Partial<Place>;
    return { line, column };
  }
}

/** Where the platform's parser has stopped; the tree's says it where the platform's does not. */
function placeOfError(text: string, message: string): Place {
  if (message.includes("end of JSON")) return placeAt(text, text.trimEnd().length);
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return placeAt(text, Number(position));
  const tree = treeOf(text);
  return "body" in tree ? tree.loc.start : tree;
}

/** @param message the platform's, which says better than the tree's what would be right */
function syntaxError(path: string, text: string, message: string): UserError {
  // It ends with "in JSON at position 7", or with a piece of the text, which may have lines.
  const [reason] = message.split(/ in JSON at position| at position|, "|, \.\.\./) as [string];
  const { line, column } = placeOfError(text, message);
  return new UserError(`${path}:${line}:${column}: not JSON: ${reason.replaceAll("\n", " ")}`);
}

const nameOf = ({ name }: MemberNode): string => (name.type === "String" ? name.value : name.name);

/** The part of a tree at the end of a path, or as near to it as there is something. */
function nodeAt(root: ValueNode, path: JsonPath): ValueNode {
  let found = root;
  for (const step of path) {
    const inner: ValueNode | undefined =
      found.type === "Object"
        ? found.members.find((member) => nameOf(member) === step)?.value
        : found.type === "Array"
          ? found.elements[Number(step)]?.value
          : undefined;
    if (!inner) break;
    found = inner;
  }
  return found;
}

/** The name of the member at the end of a path, as it is written before its colon. */
function nameAt(root: ValueNode, path: JsonPath): ValueNode | MemberNode["name"] {
  const owner = nodeAt(root, path.slice(0, -1));
  const members = owner.type === "Object" ? owner.members : [];
  return members.find((member) => nameOf(member) === path.at(-1))?.name ?? owner;
}

/** A value that was read, and how to tell where its parts are. */
export interface JsonText {
  readonly value: unknown;
  /**
   * `FILE:LINE:COLUMN` of the value at the end of a path, or of its name; of what it should be in where it is missing.
   */
  readonly placeOf: (path: JsonPath, what?: "value" | "name") => string;
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}

/** @throws UserError for a name that an object has twice: the first would be passed over in silence */
export function requireNamesOnce(path: string, text: string): void {
  const tree = treeOf(text);
  const visit = (node: ValueNode): void => {
    if (node.type === "Array") for (const { value } of node.elements) visit(value);
    if (node.type !== "Object") return;
    const names = new Set<string>();
    for (const member of node.members) {
      const name = nameOf(member);
      const { line, column } = member.loc.start;
      if (names.has(name))
        throw new UserError(`${path}:${line}:${column}: ${JSON.stringify(name)} is given twice; leave one`);
      names.add(name);
      visit(member.value);
    }
  };
  if ("body" in tree) visit(tree.body);
}

/**
 * Reads JSON.
 *
 * @param path of the file, for messages
 * @throws UserError with line and column when it is none
 */
export function readJsonText(path: string, text: string): JsonText {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw syntaxError(path, text, (error as Error).message);
  }
  if (isDeeper(value, MOST_DEPTH))
    throw new UserError(`${path}:1:1: nested deeper than ${MOST_DEPTH} objects and lists`);
  return {
    value,
    placeOf: (at, what = "value") => {
      const tree = treeOf(text);
      if (!("body" in tree)) return `${path}:${tree.line}:${tree.column}`;
      const { start } = (what === "name" ? nameAt : nodeAt)(tree.body, at).loc;
      return `${path}:${start.line}:${start.column}`;
    },
  };
}
