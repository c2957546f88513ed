/** @file When the next frame may be drawn: not sooner than the eye asks for, and not at the cost of training. */

/** Twelve frames a second. */
const LEAST_SECONDS = 1 / 12;
/** A screen that stands still for longer looks as if the run had stopped, even where other programs keep the computer busy. */
const MOST_SECONDS = 1;
/** Of the time, what drawing may take. */
const DRAWING_SHARE = 0.01;

export interface FramePacer {
  readonly isDue: (nowSeconds: number) => boolean;
  /** A frame was drawn. */
  readonly drew: (beganSeconds: number, endedSeconds: number) => void;
}

export function framePacer(): FramePacer {
  let nextAt = Number.NEGATIVE_INFINITY;
  return {
    isDue: (nowSeconds) => nowSeconds >= nextAt,
    drew: (beganSeconds, endedSeconds) => {
      const affordable = (endedSeconds - beganSeconds) / DRAWING_SHARE;
      nextAt = beganSeconds + Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, affordable));
    },
  };
}
