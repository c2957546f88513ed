/** @file How figures and names are written on the page. */
import { type Html, html } from "./html.js";

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
