/** @file A list to pick from, or a line to write in, in place of the view. */
import { useColors } from "../colors.js";
import { Line, Panel, Paragraph } from "../Panel.js";
import type { Size } from "../size.js";
import { windowOf } from "../window.js";
import { matching, type Overlay } from "./overlay.js";

interface OverlayPanelProps {
  readonly overlay: Omit<Overlay<never>, "done">;
  readonly size: Size;
}

/** Between names and what they are. */
const GAP = "  ";

/** Rows above the list: the heading, what is asked, what was typed, and an empty one. */
const ROWS_ABOVE = 4;

export function OverlayPanel({ overlay, size: { columns, rows } }: OverlayPanelProps) {
  const { bold, dim, red, inverse } = useColors();
  const { title, words, text, cursor, choices, selected, error } = overlay;
  const found = matching(overlay);
  const room = rows - ROWS_ABOVE - (error === undefined ? 0 : 1);
  const { from, to } = windowOf(selected, found.length, room);
  const names = Math.max(0, ...(choices ?? []).map(({ value }) => value.length));
  return (
    <Panel title={title} width={columns} height={rows}>
      <Line text={dim(words)} />
      <Line
        text={`${bold("›")} ${text.slice(0, cursor)}${inverse(text.charAt(cursor) || " ")}${text.slice(cursor + 1)}`}
      />
      {error !== undefined && <Paragraph text={red(error)} />}
      <Line text={choices && found.length === 0 ? dim("nothing by this name") : " "} />
      {found.slice(from, to).map(({ value, detail }, i) => {
        const isSelected = from + i === selected;
        const name = value.padEnd(names);
        const line = isSelected ? `${bold(`▸ ${name}`)}${GAP}${detail}` : `  ${name}${GAP}${dim(detail)}`;
        return <Line key={value} text={line} />;
      })}
    </Panel>
  );
}
