/** @file What colours stand for. */
import { type Html, html } from "./html.js";
import type { Palette } from "./palette.js";

export const swatch = (color: string): Html => html`<i class="swatch" style="background:${color}"></i>`;

/** @param words of each name, where more is to be said than the name */
export function legend(
  names: readonly string[],
  { colorOf }: Palette,
  words: (name: string) => string = (name) => name,
): Html {
  const entries = names.map((name) => html`<span>${swatch(colorOf(name))}${words(name)}</span> `);
  return html`<p class="legend">${entries}</p>`;
}
