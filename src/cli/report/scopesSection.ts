/** @file Where in the model a step's time goes: a tree that opens. */
import type { ScopeCost } from "../../../sim/breakdown.js";
import { arithmeticIntensity } from "../../../sim/fusionCosts.js";
import { type Phase, phases } from "../../program/types.js";
import {
  formatBytes,
  formatCount,
  formatMagnitude,
  formatRate,
  formatSeconds,
  formatShare,
} from "../../units/quantity.js";
import { type Html, html } from "./html.js";
import { legend } from "./legend.js";
import { paletteOf } from "./palette.js";
import type { ReportData } from "./reportData.js";
import { section } from "./section.js";

const palette = paletteOf(phases);

/** Scopes with a smaller share of the step than this are told as one. */
const WORTH_SAYING = 5e-4;
/** Those with a larger one are open to begin with. */
const WORTH_OPENING = 0.25;

function phaseBar({ phaseSeconds, seconds }: ScopeCost, stepSeconds: number): Html {
  const parts = phases.map((phase) => {
    const width = (100 * phaseSeconds[phase]) / stepSeconds;
    return width === 0
      ? html``
      : html`<i style="width:${width.toFixed(2)}%;background:${palette.colorOf(phase)}" title="${phase} ${formatSeconds(phaseSeconds[phase])}"></i>`;
  });
  return html`<span class="phases" title="${formatSeconds(seconds)}">${parts}</span>`;
}

/** The step that scopes are shown of. */
interface Whole {
  readonly stepSeconds: number;
  /** Whether there is a column for what the compiler runs a second time. */
  readonly isRecomputed: boolean;
}

function row(scope: ScopeCost, { stepSeconds, isRecomputed }: Whole): Html {
  const { name, count, seconds, bytes, flops, recomputedSeconds } = scope;
  const again = recomputedSeconds >= WORTH_SAYING * stepSeconds ? formatSeconds(recomputedSeconds) : "";
  return html`<span class="name"><code>${name}</code>${count > 1 ? html` <small>× ${formatCount(count)}</small>` : undefined}</span>
${phaseBar(scope, stepSeconds)}
<span class="number">${formatSeconds(seconds)}</span>
<span class="number">${formatShare(seconds / stepSeconds)}</span>
${isRecomputed ? html`<span class="number dispensable">${again}</span>` : undefined}
<span class="number dispensable">${formatBytes(bytes)}</span>
<span class="number dispensable">${formatRate(flops, "FLOP")}</span>
<span class="number dispensable">${formatMagnitude(arithmeticIntensity(scope))}</span>`;
}

function tree(scope: ScopeCost, whole: Whole, depth: number): Html {
  const { stepSeconds } = whole;
  const shown = scope.children.filter(({ seconds }) => seconds >= WORTH_SAYING * stepSeconds);
  const cells = row(scope, whole);
  const indent = html`style="--depth:${depth}"`;
  if (shown.length === 0)
    return html`<div class="row" ${indent}>${cells}</div>
`;
  const rest = scope.seconds - shown.reduce((sum, { seconds }) => sum + seconds, 0);
  const own =
    rest >= WORTH_SAYING * stepSeconds
      ? html`<div class="row own" style="--depth:${depth + 1}"><span class="name">its own, and the smallest</span><span></span><span class="number">${formatSeconds(rest)}</span><span class="number">${formatShare(rest / stepSeconds)}</span></div>
`
      : undefined;
  const isOpen = scope.seconds >= WORTH_OPENING * stepSeconds;
  return html`<details ${isOpen ? html`open` : undefined}><summary class="row" ${indent}>${cells}</summary>
${shown.map((child) => tree(child, whole, depth + 1))}${own}</details>
`;
}

export function scopesSection({ step }: ReportData): Html | undefined {
  if (!step) return undefined;
  const { scopes } = step;
  const whole = { stepSeconds: scopes.seconds, isRecomputed: scopes.recomputedSeconds > 0 };
  const run = phases.filter((phase) => scopes.phaseSeconds[phase] > 0);
  return section(
    "scopes",
    "Where in the model",
    legend(run, palette, (name) => `${name} ${formatSeconds(scopes.phaseSeconds[name as Phase])}`),
    html`<div class="scopes${whole.isRecomputed ? "" : " as-run"}">
<div class="row head"><span class="name">scope</span><span></span><span class="number">time</span><span class="number">share</span>${whole.isRecomputed ? html`<span class="number dispensable">recomputed</span>` : undefined}<span class="number dispensable">bytes</span><span class="number dispensable">FLOPs</span><span class="number dispensable">FLOP/B</span></div>
${tree(scopes, whole, 0)}</div>
<p class="note">Blocks of a kind are one line. A fusion counts where the operation is that it is built around; bytes are what it moves, padding included; FLOPs are as run.</p>`,
  );
}
