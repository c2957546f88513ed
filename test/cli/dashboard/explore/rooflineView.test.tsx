/** @file The roofline of a step: its figures, its plot, and its keys. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ridgeIntensity, roofAbove, roofAt, secondsAtRoof } from "../../../../sim/roofline.js";
import { simulatedStep } from "../../../../sim/simulatedStep.js";
import { stepReportOf } from "../../../../sim/stepReport.js";
import { kindsOf, stepTimesOf } from "../../../../src/cli/dashboard/explore/rooflineFigures.js";
import { smallQueries } from "../../../sim/smallQueries.js";
import { fitting, large, sessionOf, small } from "../app/session.js";
import { frameOf } from "./frameOf.js";

describe("the figures", () => {
  it("of any step: none is faster than its roof, and a step at the roof is no slower", () => {
    fc.assert(
      fc.property(smallQueries, (query) => {
        const step = stepReportOf(simulatedStep(query));
        const { roofline } = step;
        for (const point of roofline.points) {
          const least = secondsAtRoof(point, roofline);
          expect(least).toBeLessThanOrEqual(point.seconds * (1 + 1e-9));
          if (point.flops === 0) continue;
          // The two ways to say it: FLOPs at the speed that the roof has at this intensity.
          expect(point.flops / roofAt(point.flops / point.bytes, roofline) / least).toBeCloseTo(1, 9);
        }
        const { predicted, atRoof } = stepTimesOf(step);
        expect(predicted).toBe(step.scopes.seconds);
        expect(atRoof).toBeGreaterThan(0);
        expect(atRoof).toBeLessThan(predicted);
        expect(new Set(kindsOf(roofline))).toEqual(new Set(roofline.points.map(({ kind }) => kind)));
      }),
      { numRuns: 15 },
    );
  });

  it("the roof bends at the ridge", () => {
    const roof = { peakFlopsPerSecond: 100, memoryBytesPerSecond: 10, points: [] };
    expect([1, 10, 1000].map((intensity) => roofAt(intensity, roof))).toEqual([10, 100, 100]);
    expect(ridgeIntensity(roof)).toBe(10);
    const point = {
      place: "",
      kind: "dot",
      phase: "forward",
      seconds: 1,
      count: 1,
      bound: "issue",
    } as const;
    expect(roofAbove({ ...point, flops: 9, bytes: 1 }, roof)).toBe("memory");
    expect(roofAbove({ ...point, flops: 10, bytes: 1 }, roof)).toBe("peak");
  });
});

function atRoofline(size = small) {
  const session = sessionOf(fitting, size);
  session.press("4");
  session.settle();
  return session;
}

const selectedLine = (frame: string) => frame.split("\n").find((line) => line.includes("▸"))!;

/** Where the selected fusion is in the plot. */
function markOf(frame: string): readonly [row: number, column: number] {
  const lines = frame.split("\n");
  const row = lines.findIndex((line) => line.includes("◆"));
  return [row, lines[row]?.indexOf("◆") ?? -1];
}

describe.each([small, large])("keys at $columns columns", (size) => {
  it("choose a fusion, which is marked in the plot", () => {
    const session = atRoofline(size);
    const frame = frameOf(session.state());
    const other = frameOf(session.press("<down>"));
    expect(selectedLine(other)).not.toBe(selectedLine(frame));
    expect(markOf(frame)[0]).toBeGreaterThan(0);
    expect(markOf(other)).not.toEqual(markOf(frame));
    expect(frameOf(session.press("<up><up>"))).toBe(frame);
    expect(frameOf(session.press("<end>"))).toMatch(/all kinds: 102 of 102/);
  });

  it("f goes through the kinds, and esc shows all of them", () => {
    const session = atRoofline(size);
    const all = frameOf(session.state());
    const kinds: string[] = [];
    for (let frame = frameOf(session.press("<down>f")); frame !== all; frame = frameOf(session.press("f"))) {
      const [, kind, count] = /Fusions, (\w+) only: 1 of (\d+)/.exec(frame)!;
      kinds.push(kind!);
      expect(session.state().panes.roofline).toEqual({ selected: 0, kind });
      expect(Number(count)).toBeGreaterThan(0);
      // The list has no others.
      expect(frame.split("\n").some((line) => line.includes(` ${kind} `))).toBe(true);
    }
    expect(kinds).toContain("dot");
    expect(kinds).toContain("loop");
    expect(new Set(kinds).size).toBe(kinds.length);
    session.press("ff<down>");
    expect(frameOf(session.press("<escape>"))).toBe(all);
  });
});

describe("the plot", () => {
  it("has the ridge above the corner of the roof", () => {
    const lines = frameOf(atRoofline().state()).split("\n");
    expect(lines[3]).toMatch(/137 FLOP\/B, 61\.6 TFLOP\/s ▼$/);
    const ridge = lines[3]!.indexOf("▼");
    const roof = lines[4]!;
    // Flat to the right of it, and lower to the left.
    expect(roof.slice(ridge + 2)).toMatch(/^[⠒⠉•●]+$/);
    expect(roof.slice(0, ridge - 20).trim()).toBe("│");
  });

  it("stays where it is whatever kind is shown, and has nothing for what computes nothing", () => {
    const session = atRoofline();
    const axes = (frame: string) =>
      frame
        .split("\n")
        .slice(3, 13)
        .map((line) => line.slice(0, 7));
    const before = frameOf(session.state());
    while (!frameOf(session.press("f")).includes("Fusions, copy only"));
    const frame = frameOf(session.state());
    expect(axes(frame)).toEqual(axes(before));
    expect(frame).not.toContain("◆");
    expect(frame).toMatch(/^ {2}no FLOPs, below memory's roof: /m);
  });
});
