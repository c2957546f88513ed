/** @file How sure the figures of the question are: the checked steps that are most like it. */
import type { CheckedStep } from "../../../../sim/checked.js";
import { nearestChecked } from "../../../../sim/confidence.js";
import { loadHardware } from "../../../../sim/hardware.js";
import type { Prediction } from "../../../../sim/prediction.js";
import { buildModel } from "../../../models/zoo.js";
import { formatCount, formatDifference } from "../../../units/quantity.js";
import { errorWords } from "../../reportText.js";
import { type Column, table } from "../../table.js";
import { wrapped } from "../../wrapped.js";
import type { Question } from "../app/question.js";
import { remarks, type Section, type Style } from "./section.js";

const columns: readonly Column[] = [
  { heading: "nearest checked" },
  { heading: "a device", align: "right" },
  { heading: "plan" },
  { heading: "memory", align: "right" },
  { heading: "time", align: "right" },
  { heading: "against", wraps: true },
];

const errorText = (error: number | null) => (error === null ? "–" : formatDifference(error));

const row = ({ model, batchPerDevice, activations, remat, memory, time, against }: CheckedStep) => [
  model,
  formatCount(batchPerDevice),
  remat === "none" ? activations : `${activations}, ${remat}`,
  errorText(memory),
  errorText(time),
  against,
];

function nearestOf({ model, modelOptions, hardware }: Question, { plan }: Prediction) {
  const profile = loadHardware(hardware);
  return profile.kind === "host" ? [] : nearestChecked(buildModel(model, modelOptions), plan, profile);
}

/** @param prediction the answer to the question */
export function nearestSection(
  question: Question,
  prediction: Prediction | undefined,
  style: Style,
): Section {
  const title = "This question";
  if (!prediction) return { title, lines: [style.colors.dim("simulating …")] };
  const { memory, time } = prediction.confidence;
  const nearest = nearestOf(question, prediction);
  return {
    title,
    lines: [
      ...wrapped(errorWords("memory", memory), style.width),
      ...wrapped(errorWords("time", time), style.width),
      ...(nearest.length === 0
        ? []
        : [
            "",
            ...table(columns, nearest.map(row), style).split("\n"),
            ...remarks(
              "The largest of the nearest errors is the error that is told. Of a run that a constant was fitted to, the error is the one without what was fitted to its family.",
              style,
            ),
          ]),
    ],
  };
}
