/** @file The times that papers and logs report, beside what is predicted of the same runs. */
import { type CheckedStep, referenceOf } from "../../../../sim/checked.js";
import { allChecked } from "../../../../sim/confidence.js";
import { loadHardware } from "../../../../sim/hardware.js";
import type { Correction } from "../../../../sim/measured.js";
import type { Prediction } from "../../../../sim/prediction.js";
import { publishedSeconds, secondsLike } from "../../../../sim/published.js";
import { type Recipe, recipes } from "../../../recipes/recipes.js";
import { formatDifference, formatSeconds } from "../../../units/quantity.js";
import { type Column, table } from "../../table.js";
import { type Answers, ask, known } from "../app/answers.js";
import { questionOf } from "../app/question.js";
import { remarks, type Section, type Style } from "./section.js";

const published: readonly Recipe[] = recipes.filter(({ time }) => time !== undefined);

const asked = (recipe: Recipe) => ask("prediction", questionOf(recipe));

/** What has to be predicted for it. */
export const publishedAsks = published.map(asked);

/** Constants of the machine that were fitted to a run. */
function fittedTo({ name, hardware }: Recipe): readonly Correction[] {
  const profile = loadHardware(hardware);
  return profile.kind === "host" ? [] : profile.measured.filter(({ rows }) => rows.includes(name));
}

/** The run among the checked steps, where its error is the one without what was fitted to its family. */
function checkedAs(recipe: Recipe, { batchPerDevice }: Prediction): CheckedStep | undefined {
  return allChecked().find(
    (step) =>
      step.against === recipe.source &&
      step.model === recipe.model &&
      step.hardware === recipe.hardware &&
      step.batchPerDevice === batchPerDevice,
  );
}

function row(recipe: Recipe, prediction: Prediction | undefined): readonly string[] {
  const seconds = publishedSeconds(recipe)!;
  const isBound = recipe.time?.isUpperBound === true;
  const first = [recipe.name, `${isBound ? "≤ " : ""}${formatSeconds(seconds)}`];
  const fitted = fittedTo(recipe);
  if (!prediction) return [...first, "…", "…", "", ""];
  const predicted = secondsLike(recipe, prediction);
  const unfitted = fitted.length === 0 ? undefined : checkedAs(recipe, prediction)?.time;
  return [
    ...first,
    formatSeconds(predicted),
    formatDifference(predicted / seconds - 1),
    unfitted === undefined || unfitted === null ? "" : formatDifference(unfitted),
    fitted.length === 0 ? "" : String(fitted.length),
  ];
}

const columns: readonly Column[] = [
  { heading: "run" },
  { heading: "published", align: "right" },
  { heading: "predicted", align: "right" },
  { heading: "error", align: "right" },
  { heading: "left out", align: "right" },
  { heading: "fitted", align: "right" },
];

export function publishedSection(answers: Answers, style: Style): Section {
  const rows = published.map((recipe) => row(recipe, known(answers, asked(recipe))));
  const counted = allChecked().filter((step) => referenceOf(step) === "published").length;
  return {
    title: "Published runs",
    lines: [
      ...table(columns, rows, style).split("\n"),
      ...remarks(
        `Seconds of a step, or of the whole run by its steps. ≤: the source says at most. Fitted: constants that were fitted to the run, whose error is then no evidence; left out: the error with nothing fitted to a run of its family. ${counted} of them are measured times, and count where errors are told.`,
        style,
      ),
    ],
  };
}
