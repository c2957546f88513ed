/** @file Charts as figures: drawn by Plot on a DOM without a browser, as SVG text. */
import { type PlotOptions, plot } from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Content, type Html, html, trusted } from "./html.js";

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/** What our types, which know no DOM, do not say of the element that Plot makes. */
interface Drawn {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}

/** One chart as SVG. @param label what is to be seen, for those who do not see it */
export function drawing(label: string, options: PlotOptions): Html {
  const drawn = plot({ ...options, className: "chart", document }) as unknown as Drawn;
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", label);
  return trusted(drawn.outerHTML);
}

/** Pixels across: of a column of text, and of a telephone. Scaled down, the words of a chart could not be read. */
const [WIDE, NARROW] = [880, 340];

export interface Figure {
  readonly label: string;
  /** Draws the chart so many pixels across. */
  readonly draw: (width: number) => PlotOptions;
  readonly caption?: Content;
}

/** A chart for both; the style sheet shows the one that there is room for. */
export function figure({ label, draw, caption }: Figure): Html {
  return html`<figure>
<div class="wide">${drawing(label, draw(WIDE))}</div>
<div class="narrow">${drawing(label, draw(NARROW))}</div>
${caption === undefined ? undefined : html`<figcaption>${caption}</figcaption>`}
</figure>`;
}

/** Whether a chart is drawn for a telephone. */
export const isNarrow = (width: number) => width < (WIDE + NARROW) / 2;
