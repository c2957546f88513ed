/** @file When the next frame may be drawn: not sooner than the eye asks for, and never at the cost of training. */

/** Twelve frames a second. */
const LEAST_SECONDS = 1 / 12;
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
      nextAt = beganSeconds + Math.max(LEAST_SECONDS, (endedSeconds - beganSeconds) / DRAWING_SHARE);
    },
  };
}
