/** @file How figures and names are written on the page. */
import { type Html, html } from "./html.js";

/** A share of a whole: `26.0 %`, `< 0.1 %`. Finer ones would not be true. */
export function formatShare(share: number): string {
  const percent = 100 * share;
  return percent > 0 && percent < 0.05 ? "< 0.1 %" : `${percent.toFixed(1)} %`;
}

/** `Does not fit` */
export const capital = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1);

/** Words of which none is broken at its hyphens: names of models, and flags. */
export const unbroken = (words: string): readonly Html[] =>
  words.split(" ").map((word, i) => html`${i > 0 ? " " : ""}<span class="type">${word}</span>`);

/** A place in the model, which may go on in the next line after each of its parts. */
export function place(path: string): Html {
  const parts = path
    .split("/")
    .map((part, i, all) => html`${part}${i < all.length - 1 ? html`/<wbr>` : undefined}`);
  return html`<code>${parts}</code>`;
}
