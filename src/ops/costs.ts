/**
 * @file Costs of a program's operations, found out once for each kind.
 */
import { kindsOf } from "../program/kinds.js";
import type { Operation, Program } from "../program/types.js";
import type { Cost } from "./definition.js";
import { costOf } from "./registry.js";

const known = new WeakMap<Program["types"], (operation: Operation) => Cost>();

/** `costOf` for many operations of one program. */
export function costsOf(program: Program): (operation: Operation) => Cost {
  const { kindOf } = kindsOf(program);
  const byKind: Cost[] = [];
  const costs =
    known.get(program.types) ??
    ((operation: Operation) => {
      const kind = kindOf(operation);
      const cost = byKind[kind] ?? costOf(program, operation);
      byKind[kind] = cost;
      return cost;
    });
  known.set(program.types, costs);
  return costs;
}
