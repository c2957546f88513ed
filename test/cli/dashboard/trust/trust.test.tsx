/** @file The Trust view: that its figures are those of the data, how it scrolls, and what it says of a computer. */
import fc from "fast-check";
import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import { allChecked } from "../../../../sim/confidence.js";
import { summaryOf } from "../../../../sim/errorSummary.js";
import { type HostProfile, loadHardware, ownHostProfile } from "../../../../sim/hardware.js";
import type { HostMachine } from "../../../../sim/staleness.js";
import { answer } from "../../../../src/cli/dashboard/app/answer.js";
import { ask } from "../../../../src/cli/dashboard/app/answers.js";
import { questionOf } from "../../../../src/cli/dashboard/app/question.js";
import type { AppState } from "../../../../src/cli/dashboard/app/state.js";
import { answered, predictionAsk } from "../../../../src/cli/dashboard/app/state.js";
import { update, wantedBy } from "../../../../src/cli/dashboard/app/update.js";
import { hostLines } from "../../../../src/cli/dashboard/trust/hostSection.js";
import { trustPage } from "../../../../src/cli/dashboard/trust/trustPage.js";
import { wrapped } from "../../../../src/cli/wrapped.js";
import { recipes } from "../../../../src/recipes/recipes.js";
import { formatPercent } from "../../../../src/units/quantity.js";
import { fitting, large, sessionOf, small } from "../app/session.js";
import { frameOf } from "../explore/frameOf.js";
import { key } from "../keys.js";

const colors = picocolors.createColors(false);
const style = { colors, width: 80 };

/** The view with the question and one published run answered: all of these take a while. */
function opened(size = small) {
  const session = sessionOf(fitting, size);
  const shown = session.press("8");
  const run = ask("prediction", questionOf(recipes.find(({ name }) => name === "efficientnet-b0-b32")!));
  const asked = [predictionAsk(shown), run];
  const state = asked.reduce<AppState>((it, of) => answered(it, of, answer(of)), shown);
  return { session, state };
}

const text = (state: AppState) => trustPage(state, style).lines.join("\n");

describe("the Trust view", () => {
  it.each([small, large])("is whole at $columns columns and $rows rows", async (size) => {
    const frame = frameOf(opened(size).state);
    await expect(`${frame}\n`).toMatchFileSnapshot(`frames/trust-${size.columns}x${size.rows}.txt`);
  });

  it("says how sure the question's figures are, and which steps say so", () => {
    const { state, session } = opened();
    expect(text(state)).toMatch(/^memory: ± \d.* checked steps most like it/m);
    expect(text(state)).toMatch(/^vit-\w+ +\d+ +(bf16|f32) .*the TPU compiler$/m);
    expect(text(session.state())).toMatch(/^simulating …$/m);
  });

  it("has the errors of each family as the checked steps have them", () => {
    const page = text(opened().state);
    const vits = allChecked().filter(
      ({ family, against }) => family === "vit" && against === "the TPU compiler",
    );
    const percent = (share: number) => formatPercent(Number(share.toFixed(3)));
    const { count, median, worst } = summaryOf(vits.flatMap(({ memory }) => memory ?? []));
    const row = /^vit +(\d+) +(\S+ %) +\S+ % +(\S+ %)/m.exec(page)!;
    expect(count).toBeGreaterThan(20);
    expect(row.slice(1)).toEqual([String(vits.length), percent(median), percent(worst)]);
  });

  it("has published times beside predictions, and what was fitted to them", () => {
    const page = text(opened().state);
    const step = recipes.find(({ name }) => name === "efficientnet-b0-b32")!;
    const left = allChecked().find(({ against, model }) => against === step.source && model === step.model)!;
    const row = /^efficientnet-b0-b32 +51.1 ms +([\d.]+) ms +(\S+) % +−(\S+) % +3$/m.exec(page)!;
    expect(Number(row[1]) / 51.1 - 1).toBeCloseTo(-Number(row[2]!.slice(1)) / 100, 2);
    expect(Number(row[3])).toBeCloseTo(-100 * left.time!, 0);
    expect(page).toMatch(/^vit-s16-300ep +≤ 233 ms +… +…$/m);
    expect(page.replaceAll("\n", " ")).toContain(
      "fitted to efficientnet-b0-b32; efficientnet-b3-b32; efficientnet-b5-b32; efficientnet-b7-b32",
    );
  });

  it("wants the runs with published times, and no others", () => {
    const { thorough } = wantedBy(opened().session.state());
    const timed = recipes.filter(({ time }) => time).map(({ name }) => name);
    expect(thorough.map(({ question }) => question.recipe)).toEqual(timed);
  });

  it.each([80, 120])("is within %i characters", (width) => {
    const { lines } = trustPage(opened().state, { colors, width });
    expect(lines.filter((line) => line.length > width)).toEqual([]);
  });
});

describe("its keys", () => {
  const first = (state: AppState) => state.panes.trust.scrolled;
  const room = small.rows - 4;

  it("scroll by lines and pages, from the top to the bottom", () => {
    const { press } = opened().session;
    const { lines } = trustPage(press(""), style);
    expect(first(press("<up>"))).toBe(0);
    expect(first(press("<down><down>"))).toBe(2);
    expect(first(press("<pageDown>"))).toBe(2 + room);
    expect(first(press("<pageUp><up>"))).toBe(1);
    expect(first(press("<end>"))).toBe(lines.length - room);
    expect(first(press("<down><pageDown>"))).toBe(lines.length - room);
    expect(first(press("<home>"))).toBe(0);
  });

  it("go from section to section, and around", () => {
    const { press } = opened().session;
    const { starts, lines } = trustPage(press(""), style);
    expect(starts).toHaveLength(6);
    const last = lines.length - room;
    for (const start of starts.slice(1)) expect(first(press("<tab>"))).toBe(Math.min(start, last));
    expect(first(press("<tab>"))).toBe(0);
    const back = { ...key("tab"), shift: true };
    const turn = (state: AppState) => update(state, { kind: "key", key: back }).state;
    expect(first(turn(press("<home>")))).toBe(last);
    expect(first(turn(press("<home><tab>")))).toBe(0);
    expect(first(turn(press("<home><tab><down>")))).toBe(starts[1]);
  });
});

describe("a computer", () => {
  const now: HostMachine = { backend: "tensorflow", backendVersion: "4.22.0", processor: "A", threads: 2 };
  const quality = { measurements: 9, outliers: 1, rSquared: 0.99 };
  const classes = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`class${i}`, { ...quality, medianError: 0.01 * (i + 1) }]),
  );
  const calibrated: HostProfile = {
    ...ownHostProfile(),
    calibration: { ...now, measured: "2026-01-01T00:00:00.000Z", classes },
  };
  const at = Date.parse("2026-01-04T04:00:00.000Z");
  const said = (profile: HostProfile, machine: HostMachine = now) =>
    hostLines(profile, () => machine, at, style).join("\n");

  it("that was calibrated: when, how long ago, on what, and which kernels are explained best and worst", () => {
    const page = said(calibrated);
    expect(page).toContain("calibrated on 2026-01-01, 3 d 4 h ago, with tensorflow 4.22.0 on A, 2 threads");
    expect(page).toContain("✓ of this computer as it is now");
    expect(page).toMatch(/^class0 +1 % +0.990 +9 +1$/m);
    expect(page).toMatch(/^… 4 between$/m);
    expect(page).toMatch(/^class11 +12 %/m);
    expect(page).not.toMatch(/^class5 /m);
  });

  it("that has changed since", () => {
    const page = said(calibrated, { ...now, processor: "B", threads: 4 });
    expect(page).toContain("! out of date: another processor: A then, B now");
    expect(page).toContain("! out of date: another number of threads: 2 then, 4 now");
    expect(page).not.toContain("✓");
  });

  it("that was not", () => {
    const host = loadHardware("host");
    if (host.kind !== "host") throw new Error("host is one");
    expect(said(host)).toContain("Not measured on this computer");
  });
});

it("wraps text at spaces, and loses nothing", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.integer({ min: 12, max: 60 }), (all, width) => {
      const lines = wrapped(all.join(" "), width);
      expect(lines.join(" ")).toBe(all.join(" "));
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    }),
  );
});
