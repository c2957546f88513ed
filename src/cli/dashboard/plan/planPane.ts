/** @file What the Plan view keeps for itself. */

export interface PlanPane {
  readonly focus: "fields" | "suggestions";
  /** The name of the field that keys change. */
  readonly field: string;
  /** Which suggestion enter applies. */
  readonly suggestion: number;
}

export const initialPlanPane: PlanPane = { focus: "fields", field: "model", suggestion: 0 };
