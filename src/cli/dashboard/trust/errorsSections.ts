/** @file How far off memory and time have been, by family and by machine. */
import { type CheckedStep, type Reference, referenceOf } from "../../../../sim/checked.js";
import { allChecked } from "../../../../sim/confidence.js";
import { type ErrorSummary, summaryOf } from "../../../../sim/errorSummary.js";
import { groupsBy } from "../../../groupsBy.js";
import { formatCount, formatPercent } from "../../../units/quantity.js";
import { type Column, table } from "../../table.js";
import { remarks, type Section, type Style } from "./section.js";

/** The first is the median. */
const figureColumns = (what: string): readonly Column[] => [
  { heading: what, align: "right" },
  { heading: "9 in 10", align: "right" },
  { heading: "worst", align: "right" },
];

/** `3.1 %` for all but the largest: three digits of an error are two too many. */
const percent = (share: number) => formatPercent(Number(share.toFixed(3)));

const texts = ({ count, median, ninetieth, worst }: ErrorSummary): readonly string[] =>
  count === 0 ? ["–", "–", "–"] : [median, ninetieth, worst].map(percent);

function row(name: string, checked: readonly CheckedStep[]): readonly string[] {
  const of = (what: "memory" | "time") => summaryOf(checked.flatMap((step) => step[what] ?? []));
  return [name, formatCount(checked.length), ...texts(of("memory")), ...texts(of("time"))];
}

/** Errors of steps, in groups by what `key` says of them, and of all together. */
function errorLines(
  heading: string,
  checked: readonly CheckedStep[],
  key: (step: CheckedStep) => string,
  style: Style,
): readonly string[] {
  const columns: readonly Column[] = [
    { heading },
    { heading: "steps", align: "right" },
    ...figureColumns("memory"),
    ...figureColumns("time"),
  ];
  const groups = groupsBy(checked, key).map((steps) => row(key(steps[0]!), steps));
  const sorted = groups.sort(([a], [b]) => a!.localeCompare(b!));
  return table(columns, [row("all", checked), ...sorted], style).split("\n");
}

const against = (reference: Reference) => allChecked().filter((step) => referenceOf(step) === reference);

export function errorsSections(style: Style): readonly Section[] {
  const compiled = against("compiler");
  const ran = against("run");
  return [
    {
      title: "Errors against the TPU compiler",
      lines: [
        ...errorLines("family", compiled, ({ family }) => family, style),
        "",
        ...errorLines("machine", compiled, ({ hardware }) => hardware, style),
        ...remarks(
          "Half of the steps are off by less than the figure below memory or time, nine in ten by less than the next. Whole steps, compiled ahead of time: what they allocate, and the sum of the compiler's own estimates. Its time has no collectives, reshapes, lookups or sorts. Some were looked at while the simulator was written: docs/ tells these apart.",
          style,
        ),
      ],
    },
    {
      title: "Errors against steps run on GPUs",
      lines: [
        ...errorLines("machine", ran, ({ hardware }) => hardware, style),
        ...remarks("Times are of the steps that no constant was fitted to.", style),
      ],
    },
  ];
}
