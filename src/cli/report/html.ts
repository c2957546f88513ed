/** @file HTML as text. What is put into a template is escaped, unless it is HTML already. */

/** Text that is HTML. */
export interface Html {
  readonly html: string;
}

/** What a template takes; nothing is left of `undefined`. */
export type Content = Html | string | number | undefined | readonly Html[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign]!);

/** Says of text that it is HTML. */
export const trusted = (html: string): Html => ({ html });

function rendered(content: Content): string {
  if (content === undefined) return "";
  if (typeof content === "string" || typeof content === "number") return escapeHtml(String(content));
  return "html" in content ? content.html : content.map(rendered).join("");
}

/** A template: `` html`<p>${words}</p>` ``. */
export function html(texts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return trusted(texts.map((text, i) => text + rendered(contents[i])).join(""));
}
