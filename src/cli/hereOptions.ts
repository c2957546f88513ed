/** @file Options of the commands that compute on this computer. */
import { Option } from "commander";
import { backendNames } from "../../train/machine.js";
import { orList } from "../units/orList.js";
import { type AsOption, choose, type PlanOption, withDefault } from "./planOptions.js";

export function backendOption(): Option {
  const words = `${orList(backendNames)}: what computes (default: the fastest there is, the first of them)`;
  return new Option("--backend <backend>", words).argParser((text) =>
    choose("--backend", text, backendNames),
  );
}

/** What a plan is here where nothing is said. */
const defaults: Readonly<Partial<Record<PlanOption, string>>> = {
  devices: "1, as this computer is one",
  activations: "f32",
};

/** Options as `asOption` makes them, with the defaults of this computer. */
export const onThisComputer =
  (asOption: AsOption): AsOption =>
  (value) =>
    asOption({ ...value, words: withDefault(value.words, defaults[value.name as PlanOption]) });
