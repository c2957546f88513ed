/** @file What each category of memory is drawn with: always the same, whatever else there is. */
import type { Colors } from "../../terminal.js";
import type { Fill } from "../stack.js";
import { type Texture, textures } from "../texture.js";

/** None that dark or light screens swallow. */
type Color = "blue" | "magenta" | "cyan" | "green" | "yellow";

const fills: Readonly<Record<string, readonly [Texture, Color]>> = {
  parameters: [textures.full, "blue"],
  "frozen weights": [textures.dense, "blue"],
  "optimizer state": [textures.rows, "magenta"],
  "saved activations": [textures.checkered, "cyan"],
  gradients: [textures.columns, "green"],
  workspace: [textures.dotted, "yellow"],
  "logits and loss": [textures.slanted, "yellow"],
};

export const hasFill = (category: string) => category in fills;

/** What is too little for a fill of its own is sparse, in the colour of text. */
export function fillOf(category: string, colors: Colors): Fill {
  const fill = fills[category];
  return fill ? { texture: fill[0], paint: colors[fill[1]] } : { texture: textures.sparse, paint: undefined };
}
