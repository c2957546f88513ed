/**
 * @file Profiles that say `"base": "tpu-v4x4"` and only what differs: a chip with twice the memory is five lines.
 */
import type { AcceleratorProfile, HardwareProfile } from "./profile.js";

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether the value of a constant is at its name, or anything in it. */
function says(changes: Node, constant: string): boolean {
  const found = constant
    .split(".")
    .reduce<unknown>((node, key) => (isNode(node) && !("value" in node) ? node[key] : node), changes);
  return found !== undefined;
}

/** A constant with its source is replaced as a whole: a new value has another source. */
function merged(base: unknown, changes: unknown): unknown {
  if (!isNode(base) || !isNode(changes) || "source" in base) return changes;
  const names = [...new Set([...Object.keys(base), ...Object.keys(changes)])];
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.hasOwn(changes, name) ? merged(base[name], changes[name]) : base[name],
    ]),
  );
}

/** Of another chip, what was measured of the constants that it has itself counts no more. */
function measuredStill({ measured }: AcceleratorProfile, changes: Node): AcceleratorProfile["measured"] {
  return measured.filter(({ constant }) => !says(changes, constant));
}

/**
 * A profile with changes put over it, to be checked like any other. What the base was compared with says nothing of it: neither
 * the compiler's machine nor the checked steps are taken over.
 */
export function derivedFrom(base: HardwareProfile, changes: Node): Node {
  const { name, calibration: _calibration, ...kept } = base;
  const { compiler: _compiler, ...chip } = { compiler: undefined, ...kept };
  const what = Object.keys(changes).filter((key) => key !== "base" && key !== "description");
  return merged(
    {
      ...chip,
      description: `${name} with another ${what.join(", ")}`,
      ...(base.kind !== "host" && { measured: measuredStill(base, changes) }),
    },
    changes,
  ) as Node;
}
