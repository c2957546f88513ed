/** @file Names beside the largest dots of a chart, where there is room for them. */
import { type Markish, text } from "@observablehq/plot";

/** A dot where it is drawn, in pixels of the chart. */
export interface NamedDot {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

const sides = ["right", "below", "left"] as const;
type Side = (typeof sides)[number];

/** A dot, and on which side of it its name is. */
export type Placed<Dot extends NamedDot> = Dot & { readonly side: Side };

/** More names than these are read no more, and those of smaller dots are of no interest. */
const [MOST, SMALLEST] = [6, 7];
/** Pixels of a letter of the chart's twelve-pixel type, and of a line of it. */
const [LETTER, LINE] = [6.7, 15];
const GAP = 5;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function nameBox({ name, x, y, radius }: NamedDot, side: Side): Box {
  const width = name.length * LETTER;
  const beside = radius + GAP;
  const left = { right: x + beside, below: x - width / 2, left: x - beside - width }[side];
  const middle = side === "below" ? y + radius + LINE / 2 : y;
  return { left, right: left + width, top: middle - LINE / 2, bottom: middle + LINE / 2 };
}

const dotBox = ({ x, y, radius }: NamedDot): Box => {
  return { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
};

const overlap = (a: Box, b: Box) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Those whose names can be shown, the largest dots first: each name once, and none over a dot, another name or the edge. */
export function namesWithRoom<Dot extends NamedDot>(
  dots: readonly Dot[],
  width: number,
  height: number,
): readonly Placed<Dot>[] {
  const large = dots.filter(({ radius }) => radius >= SMALLEST).sort((a, b) => b.radius - a.radius);
  const taken: Box[] = large.map(dotBox);
  const shown: Placed<Dot>[] = [];
  for (const dot of large) {
    if (shown.length === MOST) break;
    if (shown.some(({ name }) => name === dot.name)) continue;
    const side = sides.find((it) => {
      const box = nameBox(dot, it);
      const isWithin = box.left >= 0 && box.right <= width && box.bottom <= height;
      return isWithin && !taken.some((other) => overlap(box, other));
    });
    if (!side) continue;
    taken.push(nameBox(dot, side));
    shown.push({ ...dot, side });
  }
  return shown;
}

/** A mark for a name. @param at where the dot is on the axes of the chart */
export function nameMark(
  { name, radius, side }: Placed<NamedDot>,
  at: { readonly x: number; readonly y: number },
): Markish {
  const beside = radius + GAP;
  return text([at], {
    x: "x",
    y: "y",
    text: () => name,
    textAnchor: ({ right: "start", below: "middle", left: "end" } as const)[side],
    dx: { right: beside, below: 0, left: -beside }[side],
    dy: side === "below" ? radius + LINE / 2 + 2 : 0,
    fill: "currentColor",
    stroke: "var(--page)",
    strokeWidth: 3,
  });
}
