/** @file One bar of parts that add up, with a line where it ought to end, and what the parts are in a table below. */
import { axisX, barX, ruleX, stackX, text } from "@observablehq/plot";
import { formatShare } from "../../units/quantity.js";
import { WORTH_A_LINE } from "../bars.js";
import { figure } from "./figure.js";
import { type Html, html } from "./html.js";
import { swatch } from "./legend.js";
import type { Palette } from "./palette.js";
import type { AxisUnit } from "./scale.js";
import { table } from "./section.js";

interface BarPart {
  readonly name: string;
  readonly amount: number;
}

export interface StackedBar {
  readonly label: string;
  readonly parts: readonly BarPart[];
  readonly format: (amount: number) => string;
  readonly unit: AxisUnit;
  readonly palette: Palette;
  /** What the parts must not exceed. */
  readonly limit?: BarPart;
}

export function stackedBar({ label, parts, format, unit, palette, limit }: StackedBar): Html {
  const total = parts.reduce((sum, { amount }) => sum + amount, 0);
  const shown = parts.filter(({ amount }) => amount >= WORTH_A_LINE * total);
  const { domain, range } = palette;
  const scaled = shown.map(({ name, amount }) => {
    const share = formatShare(amount / total);
    return { name, amount: amount / unit.size, title: `${name}: ${format(amount)}, ${share}` };
  });
  const end = Math.max(total, limit?.amount ?? 0) / unit.size;
  const at = limit && limit.amount / unit.size;
  const chart = figure({
    label,
    draw: (width) => ({
      width,
      height: limit ? 84 : 66,
      marginLeft: 8,
      marginRight: 8,
      marginTop: limit ? 22 : 4,
      x: { domain: [0, end], label: null, insetRight: 1 },
      color: { domain, range },
      marks: [
        barX(scaled, stackX({ x: "amount", fill: "name", title: "title", insetLeft: 0.5 })),
        axisX({
          ticks: Math.max(3, Math.floor(width / 130)),
          tickFormat: (tick: number) => `${tick} ${unit.name}`,
        }),
        ...(limit && at !== undefined
          ? [
              ruleX([at], { strokeWidth: 2, insetTop: -4 }),
              text([at], {
                x: (amount: number) => amount,
                frameAnchor: "top",
                dy: -14,
                textAnchor: at > end / 2 ? "end" : "start",
                text: () => `${limit.name} ${format(limit.amount)}`,
                fontWeight: 600,
              }),
            ]
          : []),
      ],
    }),
  });
  const rows = shown.map(({ name, amount }) => [
    html`${swatch(palette.colorOf(name))}${name}`,
    format(amount),
    formatShare(amount / total),
  ]);
  const columns = [
    { heading: "part" },
    { heading: "amount", isNumber: true },
    { heading: "share", isNumber: true },
  ];
  return html`${chart}
<div class="few">${table(columns, rows)}</div>`;
}
