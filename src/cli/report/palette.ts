/** @file Colours of series: variables of the style sheet, so that the same chart is right in light and in dark. */

/** Of the style sheet: `--series-0` and so on. */
const SERIES_COLORS = 10;

export interface Palette {
  readonly domain: readonly string[];
  readonly range: readonly string[];
  readonly colorOf: (name: string) => string;
}

/** A colour for each name, in their order; with more names than colours these come again. */
export function paletteOf(names: readonly string[]): Palette {
  const domain = [...new Set(names)];
  const range = domain.map((_, i) => `var(--series-${i % SERIES_COLORS})`);
  return { domain, range, colorOf: (name) => range[domain.indexOf(name)] ?? "currentColor" };
}
