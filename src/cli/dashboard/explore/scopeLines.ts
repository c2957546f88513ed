/** @file The scopes of a step as lines: a tree to the left, and what each scope costs. */
import cliTruncate from "cli-truncate";
import type { ScopeCost } from "../../../../sim/breakdown.js";
import { arithmeticIntensity } from "../../../../sim/fusionCosts.js";
import { phases } from "../../../program/types.js";
import { formatBytes, formatMagnitude, formatSeconds, formatShare } from "../../../units/quantity.js";
import type { Colors } from "../../terminal.js";
import { shareBar } from "../shareBar.js";
import type { ScopeRow, ScopeSort } from "./scopeRows.js";
import { intensityText } from "./words.js";

interface Column {
  readonly heading: string;
  readonly width: number;
  readonly text: (scope: ScopeCost) => string;
  readonly paint?: (text: string) => string;
}

/** The quantity in words. */
export const sortWords: Readonly<Record<ScopeSort, string>> = {
  seconds: "time",
  bytes: "bytes",
  flops: "FLOPs",
};

/** Narrower screens have no room for a column a phase. */
const PHASES_FROM_COLUMNS = 120;
/** Still narrower ones have no room beside the time but for its share. */
const WORK_FROM_COLUMNS = 72;
const BAR_COLUMNS = 8;
const WIDE_BAR_COLUMNS = 16;
/** `10.53 ms` */
const SECONDS_COLUMNS = 9;

/** Nothing where there is none, so that what there is stands out. */
const orNothing = (amount: number, format: (amount: number) => string) =>
  amount === 0 ? "" : format(amount);

function phaseColumns({ phaseSeconds, recomputedSeconds }: ScopeCost): readonly Column[] {
  const columns = phases
    .filter((phase) => phaseSeconds[phase] > 0)
    .map((phase): Column => {
      return {
        heading: phase,
        width: SECONDS_COLUMNS + 1,
        text: (scope) => orNothing(scope.phaseSeconds[phase], formatSeconds),
      };
    });
  const again: Column = {
    heading: "compiler's",
    width: SECONDS_COLUMNS + 2,
    text: (scope) => orNothing(scope.recomputedSeconds, formatSeconds),
  };
  return recomputedSeconds > 0 ? [...columns, again] : columns;
}

/** @param step the whole, which shares are of */
function columnsOf(step: ScopeCost, sort: ScopeSort, width: number, { cyan }: Colors): readonly Column[] {
  const isWide = width >= PHASES_FROM_COLUMNS;
  const bar = isWide ? WIDE_BAR_COLUMNS : BAR_COLUMNS;
  const share = (scope: ScopeCost) => (step[sort] === 0 ? 0 : scope[sort] / step[sort]);
  const heading = (of: ScopeSort) => (of === sort ? `▾${sortWords[of]}` : sortWords[of]);
  const work: readonly Column[] = [
    { heading: heading("bytes"), width: 10, text: ({ bytes }) => orNothing(bytes, formatBytes) },
    { heading: heading("flops"), width: 9, text: ({ flops }) => orNothing(flops, formatMagnitude) },
    {
      heading: "FLOP/B",
      width: 7,
      text: (scope) => orNothing(arithmeticIntensity(scope), intensityText),
    },
  ];
  return [
    { heading: heading("seconds"), width: SECONDS_COLUMNS, text: ({ seconds }) => formatSeconds(seconds) },
    { heading: "share", width: 8, text: (scope) => formatShare(share(scope)) },
    { heading: "", width: bar + 1, text: (scope) => shareBar(share(scope), bar), paint: cyan },
    ...(isWide ? phaseColumns(step) : []),
    ...(width < WORK_FROM_COLUMNS ? [] : work),
  ];
}

/** `  − encoder`, `    + block* × 12` */
function nameOf({ scope: { name, count }, depth, canOpen, isOpen }: ScopeRow): string {
  const mark = canOpen ? (isOpen ? "−" : "+") : " ";
  return `${" ".repeat(depth)}${mark} ${name}${count > 1 ? ` × ${count}` : ""}`;
}

interface View {
  readonly sort: ScopeSort;
  readonly width: number;
  readonly colors: Colors;
}

/** What is above all rows. */
export function scopeHeading(step: ScopeCost, { sort, width, colors }: View): string {
  const columns = columnsOf(step, sort, width, colors);
  const taken = columns.reduce((sum, column) => sum + column.width, 0);
  const texts = columns.map((column) => column.heading.padStart(column.width));
  return colors.dim(`${"  scope".padEnd(Math.max(0, width - taken))}${texts.join("")}`);
}

export function scopeLine(row: ScopeRow, step: ScopeCost, isSelected: boolean, view: View): string {
  const { sort, width, colors } = view;
  const columns = columnsOf(step, sort, width, colors);
  const room = Math.max(
    0,
    columns.reduce((left, column) => left - column.width, width),
  );
  const name = `${isSelected ? "▸ " : "  "}${nameOf(row)}`;
  // A name that is cut says so, and does not touch what comes next.
  const cut = cliTruncate(name, room - 1).padEnd(room);
  const texts = columns.map(({ text, width: columnWidth, paint = (it: string) => it }) =>
    paint(text(row.scope).padStart(columnWidth)),
  );
  return isSelected ? colors.bold(`${cut}${texts.join("")}`) : `${cut}${texts.join("")}`;
}

/** What is outside of all parts of a scope is told from this share of it on. */
const WORTH_SAYING = 1e-3;

/** `vit/encoder/block*: 13.7 ms each · forward 20 ms · backward 40 ms · 1.2 ms outside of its parts` */
export function scopeDetail({ scope, path }: ScopeRow): string {
  const { name, count, phaseSeconds, recomputedSeconds, seconds, children } = scope;
  const own = children.reduce((rest, child) => rest - child.seconds, seconds);
  const facts = [
    ...(count > 1 ? [`${formatSeconds(seconds / count)} each`] : []),
    ...phases
      .filter((phase) => phaseSeconds[phase] > 0)
      .map((phase) => `${phase} ${formatSeconds(phaseSeconds[phase])}`),
    ...(recomputedSeconds > 0 ? [`${formatSeconds(recomputedSeconds)} recomputed by the compiler`] : []),
    ...(children.length > 0 && own > WORTH_SAYING * seconds
      ? [`${formatSeconds(own)} outside of its parts`]
      : []),
  ];
  return `${path || name}: ${facts.join(" · ")}`;
}
