/** @file What each view keeps for itself. */
import { type BatchesPane, initialBatchesPane } from "../explore/batchesPane.js";
import { type ComparePane, initialComparePane } from "../explore/comparePane.js";
import { initialMemoryPane, type MemoryPane } from "../explore/memoryPane.js";
import { initialRooflinePane, type RooflinePane } from "../explore/rooflinePane.js";
import { initialScopesPane, type ScopesPane } from "../explore/scopesPane.js";
import { initialPlanPane, type PlanPane } from "../plan/planPane.js";
import { initialPane, type RunPane } from "../run/pane.js";
import { initialTrustPane, type TrustPane } from "../trust/trustPane.js";
import type { Question } from "./question.js";

export interface Panes {
  readonly plan: PlanPane;
  readonly memory: MemoryPane;
  readonly scopes: ScopesPane;
  readonly roofline: RooflinePane;
  readonly batches: BatchesPane;
  readonly compare: ComparePane;
  readonly train: RunPane;
  readonly trust: TrustPane;
}

export function initialPanes(question: Question): Panes {
  return {
    plan: initialPlanPane,
    memory: initialMemoryPane,
    scopes: initialScopesPane,
    roofline: initialRooflinePane,
    batches: initialBatchesPane,
    compare: initialComparePane,
    train: initialPane(question.model),
    trust: initialTrustPane,
  };
}
