/** @file The command line that a run is started with. */
import type { Colors } from "../../terminal.js";
import { useColors } from "../colors.js";
import { Lines, Panel, Paragraph } from "../Panel.js";
import type { RunPane } from "./pane.js";

interface StartPanelProps {
  readonly pane: RunPane;
  readonly width: number;
  readonly height: number;
}

const PROGRAM = "willfit train ";
/** In front of what is chosen; colours are not for everyone. */
const [MARK, NO_MARK] = ["> ", "  "];

/** Shown at the cursor where the character itself cannot be told apart. */
const PLAIN_CURSOR = "▏";

/** A text in lines of at most `width` characters that end after a space where they can; all characters are in them. */
function wrapped(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  const space = text.lastIndexOf(" ", width - 1);
  const end = space > 0 ? space + 1 : width;
  return [text.slice(0, end), ...wrapped(text.slice(end), width)];
}

/** Lines with the character at a place of their text marked. */
function marked(lines: readonly string[], at: number, mark: (character: string) => string) {
  let start = 0;
  return lines.map((line) => {
    const column = at - start;
    start += line.length;
    if (column < 0 || column >= line.length) return line;
    return `${line.slice(0, column)}${mark(line.charAt(column))}${line.slice(column + 1)}`;
  });
}

/** The command line in lines; of more than there is room for, those up to the cursor. */
function commandLines(
  { command: { text, cursor }, isEditing, selected }: RunPane,
  { width, height }: Pick<StartPanelProps, "width" | "height">,
  colors: Colors,
): readonly string[] {
  const room = Math.max(1, width - MARK.length);
  const isChosen = selected === undefined;
  const emphasized = isChosen ? colors.bold : (line: string) => line;
  const line = (text: string, i: number) => `${i === 0 && isChosen ? MARK : NO_MARK}${emphasized(text)}`;
  const whole = `${PROGRAM}${text}`;
  if (!isEditing) return wrapped(whole, room).map(line).slice(0, height);
  const at = PROGRAM.length + cursor;
  const [before, after] = [whole.slice(0, at), whole.slice(at)];
  // At the end the cursor is on a character that is not there yet.
  const shown = wrapped(colors.isColorSupported ? `${whole} ` : `${before}${PLAIN_CURSOR}${after}`, room);
  const ends = shown.map((_, i) => shown.slice(0, i + 1).join("").length);
  const first = Math.max(0, ends.findIndex((end) => end > at) + 1 - height);
  const lines = colors.isColorSupported ? marked(shown, at, colors.inverse) : shown;
  return lines.map(line).slice(first, first + height);
}

export function StartPanel({ pane, width, height }: StartPanelProps) {
  const colors = useColors();
  const { message } = pane;
  const saidRows = message === undefined ? 0 : Math.ceil(message.length / width);
  const lines = commandLines(pane, { width, height: Math.max(1, height - 1 - saidRows) }, colors);
  return (
    <Panel title="Train on this computer" width={width} height={height}>
      <Lines lines={lines} />
      {message !== undefined && <Paragraph text={colors.yellow(message)} />}
    </Panel>
  );
}
