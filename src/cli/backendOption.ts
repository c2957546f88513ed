/** @file `--backend`, of the commands that compute here. */
import { Option } from "commander";
import { type BackendName, backendNames } from "../../train/machine.js";
import { choose, orList } from "./planOptions.js";

export function backendOption(): Option {
  const words = `${orList(backendNames)}: what computes (default: the fastest there is, the first of them)`;
  return new Option("--backend <backend>", words).argParser(
    (text) => choose("--backend", text, backendNames) as BackendName,
  );
}
