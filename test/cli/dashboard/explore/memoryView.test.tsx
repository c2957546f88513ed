/** @file The memory of a step: what of it is drawn, and the cursor. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MemoryMoment } from "../../../../sim/memoryReport.js";
import { bandsOf, bytesOf } from "../../../../src/cli/dashboard/explore/memoryChart.js";
import { memoryLayoutOf } from "../../../../src/cli/dashboard/explore/memoryLayout.js";
import { momentsOver, partAt, worstMoment } from "../../../../src/cli/dashboard/explore/memoryMoments.js";
import { fitting, large, sessionOf, small, tooLarge } from "../app/session.js";
import { frameOf } from "./frameOf.js";

const timelines = fc
  .array(
    fc.record({
      seconds: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      bytes: fc.integer({ min: 0, max: 1e9 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((moments): readonly MemoryMoment[] =>
    moments
      .sort((a, b) => a.seconds - b.seconds)
      .map((moment, i) => ({ ...moment, seconds: i === 0 ? 0 : moment.seconds, parts: {} })),
  );

describe("the moments of a step, a column each", () => {
  it("are the fullest that are alive in its part of the step", () => {
    fc.assert(
      fc.property(timelines, fc.integer({ min: 1, max: 40 }), (timeline, count) => {
        const report = { timeline, stepSeconds: 1 };
        const columns = momentsOver(report, count);
        columns.forEach((moment, part) => {
          const alive = timeline.filter(({ seconds }, i) => {
            const until = timeline[i + 1]?.seconds ?? 1;
            return seconds < (part + 1) / count && until >= part / count;
          });
          expect(moment.bytes).toBe(Math.max(...alive.map(({ bytes }) => bytes)));
        });
        const worst = worstMoment(report);
        expect(columns[partAt(worst.seconds, report, count)]!.bytes).toBe(worst.bytes);
      }),
    );
  });
});

describe("the areas", () => {
  const moment = (parts: Readonly<Record<string, number>>): MemoryMoment => ({ seconds: 0, bytes: 0, parts });

  it("have what stays at the bottom, what is large before what is small, and what is less than a dot as one", () => {
    const moments = [
      moment({ batch: 5, parameters: 50, workspace: 0, "saved activations": 10, gradients: 0 }),
      moment({ batch: 5, parameters: 50, workspace: 30, "saved activations": 80, gradients: 2 }),
    ];
    const bands = bandsOf(moments, 4);
    expect(bands).toEqual({
      names: ["parameters", "saved activations", "workspace"],
      others: ["batch", "gradients"],
    });
    expect(bytesOf(moments[1]!, bands)).toEqual([50, 80, 30, 7]);
  });

  it("add up to what is alive, whatever is told apart", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("parameters", "batch", "gradients", "noise"), fc.nat(1e6)),
        fc.nat(1e6),
        (parts, least) => {
          const bands = bandsOf([moment(parts)], least);
          const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0);
          expect(sum(bytesOf(moment(parts), bands))).toBe(sum(Object.values(parts)));
        },
      ),
    );
  });
});

/** A session at the memory of a step that is known. */
function atMemory(question = fitting, size = small) {
  const session = sessionOf(question, size);
  session.press("2");
  session.settle();
  return session;
}

/** The column of the screen in which the cursor's line stands. */
function cursorIn(frame: string): number {
  const line = frame.split("\n").find((it) => /^ +│.*│/.test(it))!;
  return line.indexOf("│", line.indexOf("│") + 1);
}

describe("the cursor", () => {
  it("is at the worst moment first, and goes with the arrows, a column at a time", () => {
    const session = atMemory();
    const frame = frameOf(session.state());
    const mark = frame.split("\n").find((it) => it.includes("▼"))!;
    expect(cursorIn(frame)).toBe(mark.indexOf("▼"));
    expect(frame).toMatch(/^.*the worst moment$/m);
    const moved = frameOf(session.press("<left>"));
    expect(cursorIn(moved)).toBe(cursorIn(frame) - 1);
    expect(moved).toMatch(/[\d.]+ [KMG]iB below the worst$/m);
    expect(cursorIn(frameOf(session.press("<right><right>")))).toBe(cursorIn(frame) + 1);
  });

  it("goes to the ends and stays there, and back to the worst moment", () => {
    const session = atMemory();
    const worst = cursorIn(frameOf(session.state()));
    const { across } = memoryLayoutOf(small);
    const first = cursorIn(frameOf(session.press("<home><left>")));
    expect(first).toBe(worst - 10);
    expect(cursorIn(frameOf(session.press("<end><right>")))).toBe(first + across - 1);
    for (const key of ["p", "<enter>"]) {
      expect(cursorIn(frameOf(session.press(`<home>${key}`)))).toBe(worst);
      expect(session.state().panes.memory).toEqual({ tensor: 0 });
    }
  });

  it("stays where it is in the step when the batch or the screen is another", () => {
    const session = atMemory(fitting, large);
    session.press("<home><right><right>");
    const { memory } = session.press("+").panes;
    session.settle();
    expect(session.state().panes.memory).toEqual(memory);
    const first = cursorIn(frameOf(session.state()));
    session.press("<home>");
    expect(first - cursorIn(frameOf(session.state()))).toBe(2);
  });
});

describe("the tensors of the worst moment", () => {
  it("are gone through with the arrows, and the selected one is told more of", () => {
    const session = atMemory();
    expect(frameOf(session.state())).toMatch(/^▸ +73.5 MiB {2}f32\[128,224,224,3\]/m);
    expect(frameOf(session.state())).toMatch(/^ {2}batch: 73.5 MiB, no padding$/m);
    const frame = frameOf(session.press("<down>"));
    expect(frame).toMatch(/^▸ +12 × 37.5 MiB .*softmax$/m);
    expect(frame).toMatch(
      /^ {2}saved activations: 37.5 MiB each, 28.14 MiB without padding, 450 MiB together$/m,
    );
    expect(session.press("<up><up>").panes.memory.tensor).toBe(0);
    // The end of the step, and two pages of tensors.
    expect(session.press("<end><pageDown><pageDown>").panes.memory).toEqual({
      tensor: 12,
      cursor: expect.closeTo(1, 1),
    });
  });
});

it("marks the capacity where it is in the picture, and says how much is too much", () => {
  expect(frameOf(atMemory().state())).not.toContain("━");
  const frame = frameOf(atMemory(tooLarge).state());
  expect(frame).toMatch(/^15\.48 GiB ┤━+┿━+/m);
  expect(frame).toMatch(/✗ [\d.]+ GiB more than 15\.48 GiB$/m);
});
