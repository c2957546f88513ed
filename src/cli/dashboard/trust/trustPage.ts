/** @file Everything that the figures rest on, as one page of lines with headings. */
import type { Answers } from "../app/answers.js";
import { type AppState, currentPrediction } from "../app/state.js";
import { errorsSections } from "./errorsSections.js";
import { fittedSection } from "./fittedSection.js";
import { hostSection } from "./hostSection.js";
import { nearestSection } from "./nearestSection.js";
import { publishedSection } from "./publishedSection.js";
import type { Section, Style } from "./section.js";

export interface TrustPage {
  readonly lines: readonly string[];
  /** Where each section begins. */
  readonly starts: readonly number[];
}

/** `Published runs ─────────` */
function heading(title: string, { colors, width }: Style): string {
  return `${colors.bold(title)} ${colors.dim("─".repeat(Math.max(0, width - title.length - 1)))}`;
}

function pageOf(sections: readonly Section[], style: Style): TrustPage {
  const lines: string[] = [];
  const starts: number[] = [];
  for (const section of sections) {
    if (lines.length > 0) lines.push("");
    starts.push(lines.length);
    lines.push(heading(section.title, style), ...section.lines);
  }
  return { lines, starts };
}

/** The parts that no answer changes: laid out once for each width. */
const lasting = new Map<string, readonly Section[]>();

function lastingSections(style: Style): readonly Section[] {
  const key = `${style.width} ${style.colors.isColorSupported}`;
  const found = lasting.get(key) ?? [...errorsSections(style), fittedSection(style), hostSection(style)];
  lasting.set(key, found);
  return found;
}

/** The page as it was for these answers: keys that scroll change none of them. */
const pages = new WeakMap<Answers, { readonly key: string; readonly page: TrustPage }>();

export function trustPage(state: AppState, style: Style): TrustPage {
  const key = JSON.stringify([style.width, style.colors.isColorSupported, state.question]);
  const found = pages.get(state.answers);
  if (found?.key === key) return found.page;
  const [compiler, gpus, fitted, host] = lastingSections(style) as [Section, Section, Section, Section];
  const { question, answers } = state;
  const sections = [
    nearestSection(question, currentPrediction(state), style),
    compiler,
    publishedSection(answers, style),
    gpus,
    fitted,
    host,
  ];
  const page = pageOf(sections, style);
  pages.set(answers, { key, page });
  return page;
}
