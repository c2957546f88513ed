/** @file Parts of a page that look alike: sections with their headings, and tables. */
import { type Content, type Html, html } from "./html.js";

/** @param id what a link to it ends with */
export function section(id: string, heading: string, ...content: readonly (Html | undefined)[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${heading}</h2>
${content.filter((part) => part !== undefined)}
</section>
`;
}

export interface TableColumn {
  readonly heading: string;
  readonly isNumber?: boolean;
  /** Left out on a telephone. */
  readonly isDispensable?: boolean;
}

const classOf = ({ isNumber, isDispensable }: TableColumn) =>
  [isNumber && "number", isDispensable && "dispensable"].filter(Boolean).join(" ");

/** The first cell of a row is its heading. */
export function table(columns: readonly TableColumn[], rows: readonly (readonly Content[])[]): Html {
  const head = columns.map(
    (column) => html`<th scope="col" class="${classOf(column)}">${column.heading}</th>`,
  );
  const body = rows.map((row) => {
    const [first, ...others] = row.map((cell, i) => ({ cell, name: classOf(columns[i]!) }));
    const cells = others.map(({ cell, name }) => html`<td class="${name}">${cell}</td>`);
    return html`<tr><th scope="row" class="${first!.name}">${first!.cell}</th>${cells}</tr>
`;
  });
  return html`<div class="scrolls"><table><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>`;
}
