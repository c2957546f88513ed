/** @file What the view of roofline keeps for itself. */

export interface RooflinePane {
  readonly selected: number;
}

export const initialRooflinePane: RooflinePane = { selected: 0 };
