/** @file The views, by name. */
import { batchesView } from "../explore/BatchesView.js";
import { compareView } from "../explore/CompareView.js";
import { memoryView } from "../explore/MemoryView.js";
import { rooflineView } from "../explore/RooflineView.js";
import { scopesView } from "../explore/ScopesView.js";
import { planView } from "../plan/PlanView.js";
import { trustView } from "../trust/TrustView.js";
import type { ViewName } from "./state.js";
import { trainView } from "./trainView.js";
import type { View } from "./view.js";

export const views: Readonly<Record<ViewName, View>> = {
  plan: planView,
  memory: memoryView,
  scopes: scopesView,
  roofline: rooflineView,
  batches: batchesView,
  compare: compareView,
  train: trainView,
  trust: trustView,
};
