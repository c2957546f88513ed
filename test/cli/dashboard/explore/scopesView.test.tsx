/** @file The tree of scopes: what is open, what it is sorted by, and its keys. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ScopeCost } from "../../../../sim/breakdown.js";
import { firstOpen, scopeRows, type scopeSorts } from "../../../../src/cli/dashboard/explore/scopeRows.js";
import { shareBar } from "../../../../src/cli/dashboard/shareBar.js";
import { fitting, large, sessionOf, small } from "../app/session.js";
import { frameOf } from "./frameOf.js";

function scope(name: string, amount: number, children: readonly ScopeCost[] = []): ScopeCost {
  return {
    name,
    count: 1,
    seconds: amount,
    bytes: 100 - amount,
    flops: amount % 7,
    recomputedSeconds: 0,
    phaseSeconds: { forward: amount, recompute: 0, backward: 0, update: 0 },
    children,
  };
}

const tree = scope("step", 20, [
  scope("body", 17, [scope("a", 8, [scope("deep", 5)]), scope("b", 9)]),
  scope("head", 3),
]);

const paths = (open: readonly string[], sort: (typeof scopeSorts)[number] = "seconds") =>
  scopeRows(tree, new Set(open), sort).map(({ path }) => path);

describe("the rows of a tree", () => {
  it("are those of what is open, and of nothing in what is closed", () => {
    expect(paths([])).toEqual([""]);
    expect(paths([""])).toEqual(["", "body", "head"]);
    expect(paths(["", "body/a"])).toEqual(["", "body", "head"]);
    expect(paths(["", "body", "body/a"])).toEqual(["", "body", "body/b", "body/a", "body/a/deep", "head"]);
  });

  it("are sorted within what they are a part of", () => {
    expect(paths(["", "body"], "bytes")).toEqual(["", "head", "body", "body/a", "body/b"]);
    expect(paths(["", "body"], "flops")).toEqual(["", "body", "body/b", "body/a", "head"]);
  });

  it("are at first those of the whole, and of what is nearly all of it", () => {
    expect([...firstOpen(tree)]).toEqual(["", "body"]);
    expect([...firstOpen(scope("step", 1))]).toEqual([""]);
  });
});

it("bars are as long as their share, to an eighth of a character", () => {
  expect(["▏ ", "▌ ", "█ ", "█▌", "██"]).toEqual(
    [1 / 1000, 0.25, 0.5, 0.75, 1].map((share) => shareBar(share, 2)),
  );
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 30 }),
      (share, width) => {
        expect(shareBar(share, width)).toHaveLength(width);
      },
    ),
  );
});

function atScopes(size = small) {
  const session = sessionOf(fitting, size);
  session.press("3");
  session.settle();
  return session;
}

const selectedLine = (frame: string) => frame.split("\n").find((line) => line.startsWith("▸"))!;

describe("keys", () => {
  it("open with right, then go in; close with left, then go out", () => {
    const session = atScopes();
    const selected = () => selectedLine(frameOf(session.state()));
    session.press("<right><right><right><down>");
    expect(selected()).toMatch(/^▸ +\+ attention × 12/);
    expect(frameOf(session.press("<right>"))).toMatch(/^ +softmax × 12/m);
    expect(selected()).toMatch(/^▸ +− attention/);
    session.press("<right>");
    expect(selected()).toMatch(/^▸ +softmax/);
    // There is nothing in it.
    expect(session.press("<right><enter>")).toEqual(session.state());
    session.press("<left>");
    expect(selected()).toMatch(/^▸ +− attention/);
    expect(frameOf(session.press("<left>"))).not.toContain("softmax");
    session.press("<left>");
    expect(selected()).toMatch(/^▸ +− block\* × 12/);
  });

  it("enter opens and closes, and what is closed is one line", () => {
    const session = atScopes();
    const lines = () =>
      frameOf(session.state())
        .split("\n")
        .filter((line) => line.includes(" % "));
    const before = lines();
    session.press("<enter>");
    expect(lines()).toHaveLength(1);
    session.press("<enter>");
    // What had been open within is closed.
    expect(lines().length).toBeGreaterThan(1);
    expect(lines().length).toBeLessThan(before.length);
  });

  it("s sorts by time, bytes and FLOPs, and shares are of that", () => {
    const session = atScopes();
    for (const heading of ["▾time", "▾bytes", "▾FLOPs", "▾time"]) {
      const frame = frameOf(session.state());
      expect(frame).toContain(heading);
      expect(selectedLine(frame)).toContain("100.0 %");
      session.press("s");
    }
  });

  it("t tells every block apart, keeps what is selected, and tells them as one again", () => {
    const session = atScopes();
    session.press("<right><right><right><down>");
    const together = selectedLine(frameOf(session.state()));
    const apart = frameOf(session.press("t"));
    expect(apart).toMatch(/^ +− block0 /m);
    expect(apart).toMatch(/^ +\+ block10 /m);
    expect(selectedLine(apart)).toMatch(/^▸ +\+ attention {2}/);
    expect(apart).toContain("vit/encoder/block0/attention:");
    expect(selectedLine(frameOf(session.press("t")))).toBe(together);
  });

  it("move, and what is selected is in sight", () => {
    const session = atScopes();
    session.press("<end>");
    expect(selectedLine(frameOf(session.state()))).toMatch(/pre_logits/);
    session.press("t<pageUp><home>");
    expect(selectedLine(frameOf(session.state()))).toMatch(/^▸ − step/);
  });

  it("are about the nearest scope around what another model has not", () => {
    const session = atScopes();
    session.press("<right><right><right><down>");
    session.press("mresnet50<enter>");
    expect(selectedLine(frameOf(session.settle()))).toMatch(/^▸ − step/);
  });
});

it("has a column for each phase where there is room, and tells them of the selected scope anywhere", () => {
  expect(frameOf(atScopes(large).state())).toMatch(/scope .* forward +backward +update +bytes/);
  expect(frameOf(atScopes(small).state())).toMatch(
    /^ {2}step: forward [\d.]+ ms · backward [\d.]+ ms · update/m,
  );
});
