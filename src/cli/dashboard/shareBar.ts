/** @file A share of a whole as a bar. */

const EIGHTHS = " ▏▎▍▌▋▊▉";

/** A bar from the left, to the eighth of a character; a sliver of anything that there is. */
export function shareBar(share: number, width: number): string {
  const eighths = Math.min(width * 8, Math.max(share > 0 ? 1 : 0, Math.round(share * width * 8)));
  return `${"█".repeat(Math.floor(eighths / 8))}${eighths % 8 === 0 ? "" : EIGHTHS[eighths % 8]!}`.padEnd(
    width,
  );
}
