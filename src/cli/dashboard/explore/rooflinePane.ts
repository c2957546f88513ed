/** @file What the view of the roofline keeps for itself. */
import type { RooflinePoint } from "../../../../sim/roofline.js";

export interface RooflinePane {
  /** Among the fusions that are shown. */
  readonly selected: number;
  /** The only kind of fusions that is shown. */
  readonly kind?: RooflinePoint["kind"];
}

export const initialRooflinePane: RooflinePane = { selected: 0 };
