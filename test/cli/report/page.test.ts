/** @file The report: it says what the prediction says, has all its parts, and loads and runs nothing. */
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import type { Query } from "../../../sim/query.js";
import { page } from "../../../src/cli/report/page.js";
import { type ReportData, reportData } from "../../../src/cli/report/reportData.js";
import { verdictPhrases } from "../../../src/cli/verdictWords.js";
import { findRecipe } from "../../../src/recipes/recipes.js";
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatSeconds,
  SECONDS_PER_HOUR,
} from "../../../src/units/quantity.js";

const imprint = { command: "willfit report …", version: "1.2.3", made: new Date("2026-01-02T03:04:05Z") };

const vit: Query = {
  model: "vit-s16",
  modelOptions: { depth: 2 },
  hardware: "tpu-v3-8",
  globalBatch: 64,
  plan: {},
};

const parsed = (data: ReportData) => parseHTML(page(data, imprint)).document;
type Page = ReturnType<typeof parsed>;

const idsOf = (document: Page) => [...document.querySelectorAll("section")].map(({ id }) => id);
const textOf = (document: Page, selector: string) =>
  document.querySelector(selector)!.textContent!.replaceAll(/\s+/g, " ").trim();

const fits = reportData(vit);
const fails = reportData({ ...vit, globalBatch: 1 << 20 });

/** Every query whose page has to be sound. */
const pages: readonly (readonly [string, ReportData])[] = [
  ["fits", fits],
  ["does not fit", fails],
  ["recomputes", reportData({ ...vit, globalBatch: fits.answer.largestBatch })],
  ["run", reportData({ ...vit, modelOptions: {}, globalBatch: 1024 }, findRecipe("vit-s16-90ep"))],
  ["host", reportData({ ...vit, modelOptions: { depth: 1 }, globalBatch: 8, hardware: "host" })],
  ["gpu", reportData({ ...vit, hardware: "nvidia-h100" })],
  [
    "two towers",
    reportData({
      ...vit,
      model: "siglip-b16",
      modelOptions: { depth: 1, textDepth: 1, vocabulary: 1024 },
      hardware: "tpu-v4x4",
      plan: { remat: "block", microbatches: 2 },
    }),
  ],
];

describe.each(pages)("the page of a question: %s", (_, data) => {
  const document = parsed(data);

  it("loads nothing and runs nothing", () => {
    expect(document.querySelectorAll("script, link, img, iframe, object, embed, base, form")).toHaveLength(0);
    for (const element of document.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        expect(name).not.toMatch(/^on|^src$|href$|^action$/);
        if (name === "style" || name === "fill") expect(value).not.toMatch(/url\(/);
      }
    }
    for (const style of document.querySelectorAll("style"))
      expect(style.textContent).not.toMatch(/url\(|@import|https?:/);
    expect(document.querySelector("meta[http-equiv=Content-Security-Policy]")!.getAttribute("content")).toBe(
      "default-src 'none'; style-src 'unsafe-inline'",
    );
  });

  it("can be read without being seen", () => {
    expect(document.documentElement.getAttribute("lang")).toBe("en");
    expect(document.querySelectorAll("h1")).toHaveLength(1);
    const charts = [...document.querySelectorAll("svg")];
    expect(charts.length).toBeGreaterThan(3);
    for (const chart of charts) {
      expect(chart.getAttribute("role")).toBe("img");
      expect(chart.getAttribute("aria-label")!.length).toBeGreaterThan(20);
    }
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const section of document.querySelectorAll("section[aria-labelledby]"))
      expect(document.getElementById(section.getAttribute("aria-labelledby")!)!.textContent).not.toBe("");
    for (const row of document.querySelectorAll("tbody tr"))
      expect(row.querySelectorAll("th[scope=row]")).toHaveLength(1);
  });

  it("has no number that is none", () => {
    expect(textOf(document, "main")).not.toMatch(/NaN|undefined|Infinity|\[object/);
    for (const shape of document.querySelectorAll("path, circle, rect, line"))
      expect(shape.outerHTML).not.toMatch(/NaN|Infinity/);
  });

  it("says the verdict and the figures of the prediction", () => {
    const { memory, time, largestBatch } = data.answer;
    expect(textOf(document, ".verdict").toLowerCase()).toContain(verdictPhrases[memory.verdict]);
    const figures = textOf(document, "#figures");
    expect(figures).toContain(formatBytes(memory.peakBytes));
    expect(figures).toContain(formatSeconds(time.stepSeconds));
    expect(figures).toContain(formatPercent(time.modelFlopsUtilization));
    expect(figures).toContain(formatCount(largestBatch));
    for (const { name, bytes } of memory.parts.filter((part) => part.bytes > 1e-3 * memory.peakBytes))
      expect(textOf(document, "#memory")).toContain(`${name}${formatBytes(bytes)}`);
    for (const { name, seconds } of time.parts.filter((part) => part.seconds > 1e-3 * time.stepSeconds))
      expect(textOf(document, "#time")).toContain(`${name}${formatSeconds(seconds)}`);
  });
});

describe("the sections", () => {
  const always = ["figures", "memory", "time"];
  const ofStep = ["memory-over-step", "roofline", "batches", "scopes", "tensors"];
  const trust = ["confidence", "plan", "hardware"];

  it("come in the order in which a reader wants them", () => {
    expect(idsOf(parsed(fits))).toEqual([...always, ...ofStep, ...trust]);
    const [, run] = pages.find(([name]) => name === "run")!;
    expect(idsOf(parsed(run))).toEqual([...always, "run", ...ofStep, ...trust]);
  });

  it("have advice where it does not fit: changes with what they cost, and chips", () => {
    const document = parsed(fails);
    expect(idsOf(document)).toEqual(["figures", "advice", "memory", "time", ...ofStep, ...trust]);
    const advice = textOf(document, "#advice");
    const { suggestions, chips } = fails.answer;
    expect(suggestions.length).toBeGreaterThan(0);
    const inVain = fails.answer.time.parts.find(({ name }) => name === "recomputation by the compiler");
    const without = fails.answer.time.stepSeconds - inVain!.seconds;
    expect(advice).toContain(`Costs are against ${formatSeconds(without)}: `);
    for (const { flags, stepSeconds } of suggestions) {
      expect(advice).toContain(flags);
      expect(advice).toContain(formatSeconds(stepSeconds));
    }
    expect(chips.length).toBeGreaterThan(0);
    for (const { hardware, chips: count } of chips) {
      expect(advice).toContain(hardware);
      expect(advice).toContain(formatCount(count));
    }
  });

  it("of a run have its hours, its price and what was published", () => {
    const [, data] = pages.find(([name]) => name === "run")!;
    const { run } = data.answer;
    const text = textOf(parsed(data), "#run");
    expect(text).toContain(formatSeconds(run!.hours * SECONDS_PER_HOUR));
    expect(text).toContain(`$${Math.round(run!.dollars!)}`);
    expect(text).toMatch(/Published: the run 6 h 30 min, predicted .* \(wall clock/);
    expect(text).toContain("76.5 % top-1");
  });

  it("of the host say why there is less", () => {
    const [, host] = pages.find(([name]) => name === "host")!;
    const document = parsed(host);
    expect(idsOf(document)).toEqual([...always, "batches", ...trust]);
    expect(textOf(document, "main")).toContain("The host runs the program as it is");
  });
});

describe("the charts", () => {
  const document = parsed(fails);
  const chartsIn = (id: string) => [...document.querySelectorAll(`#${id} .wide svg`)];
  const titlesIn = (id: string) =>
    [...document.querySelectorAll(`#${id} .wide svg title`)].map(({ textContent }) => textContent!);

  it("of the memory mark capacity and worst moment", () => {
    const { peakBytes, capacityBytes } = fails.answer.memory;
    for (const id of ["memory", "memory-over-step"]) {
      const [chart] = chartsIn(id);
      expect(chart!.textContent).toContain(`capacity ${formatBytes(capacityBytes)}`);
    }
    expect(chartsIn("memory-over-step")[0]!.textContent).toContain(`worst: ${formatBytes(peakBytes)}`);
  });

  it("of the roofline have what their dots are on them", () => {
    const titles = titlesIn("roofline");
    expect(titles.length).toBe(document.querySelectorAll("#roofline .wide circle").length);
    const up = titles.filter((title) => title.startsWith("forward/vit/encoder/block*/mlp/up (dot"));
    expect(up.length).toBeGreaterThan(0);
    expect(up[0]).toMatch(/% of the step\neach .*FLOP\/B\n.*% of what the roof allows; bound by: [a-z ]+$/);
  });

  it("of the batches ring the one that was asked for", () => {
    const [chart] = document.querySelectorAll("#batches svg");
    const { curve, answer } = fails;
    expect(chart!.querySelectorAll("g[aria-label=dot] title")).toHaveLength(curve.length);
    expect(chart!.querySelectorAll("circle")).toHaveLength(1);
    expect(chart!.textContent).toContain(`largest ${formatCount(answer.largestBatch)}`);
  });

  it("of the scopes open where the time goes", () => {
    const open = [...document.querySelectorAll("#scopes details[open] > summary .name code")].map(
      ({ textContent }) => textContent,
    );
    expect(open.slice(0, 4)).toEqual(["step", "vit", "encoder", "block*"]);
    expect(document.querySelectorAll("#scopes details:not([open])").length).toBeGreaterThan(0);
  });
});

describe("what comes from people", () => {
  it("is shown, and not taken for HTML", () => {
    const evil = `<img src=x onerror=alert(1)>"'&`;
    const { answer, step, machine } = fails;
    const scopes = { ...step!.scopes, name: evil };
    const points = step!.roofline.points.map((point) => ({ ...point, place: evil }));
    const tensors = step!.memory.tensors.map((tensor) => ({ ...tensor, place: evil, category: evil }));
    const data: ReportData = {
      ...fails,
      query: { ...fails.query, modelOptions: { [evil]: evil } },
      machine: { ...machine, description: evil, deviceName: evil },
      answer: {
        ...answer,
        model: evil,
        suggestions: [{ ...answer.suggestions[0]!, change: evil, flags: evil }],
      },
      step: {
        ...step!,
        memory: { ...step!.memory, tensors, peak: { ...step!.memory.peak, place: evil } },
        scopes,
        scopesApart: scopes,
        roofline: { ...step!.roofline, points },
      },
    };
    const { document } = parseHTML(page(data, { ...imprint, command: evil, version: evil }));
    expect(document.querySelectorAll("img")).toHaveLength(0);
    expect(document.querySelectorAll("[onerror]")).toHaveLength(0);
    expect(document.querySelector(".command code")!.textContent).toBe(evil);
    expect(document.querySelector("title")!.textContent).toContain(evil);
    expect(document.querySelector("#roofline svg title")!.textContent).toContain(evil);
  });
});
