/** @file TODO Scopes */
import type { View } from "../app/view.js";
import { Panel } from "../Panel.js";

export const scopesView: View = {
  title: "Scopes",
  wanted: () => [],
  keyed: () => undefined,
  hints: () => [],
  help: [],
  Body: ({ size }) => <Panel title="Scopes" width={size.columns} height={size.rows} />,
};
