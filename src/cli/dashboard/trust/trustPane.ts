/** @file What the view of what the figures rest on keeps for itself. */

export interface TrustPane {
  /** The first line that is shown. */
  readonly scrolled: number;
}

export const initialTrustPane: TrustPane = { scrolled: 0 };
