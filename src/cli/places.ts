/** @file What is known of the places of a model, such as `forward/vit/encoder/block3/attention`, for people to look at. */
import { inAnyBlock } from "../stablehlo/opName.js";

interface OfPlace {
  readonly place: string;
}

/**
 * Blocks of a kind together, with how many there are: their sum is where time goes, and twelve equal lines say nothing.
 *
 * @param add the sum of two of them, at the place of the first
 */
export function withoutBlockNumbers<T extends OfPlace>(
  places: readonly T[],
  add: (a: T, b: T) => T,
): readonly (T & { readonly count: number })[] {
  const merged = new Map<string, { readonly sum: T; readonly count: number }>();
  for (const of of places) {
    const place = inAnyBlock(of.place);
    const known = merged.get(place);
    const sum = known ? add(known.sum, of) : { ...of, place };
    merged.set(place, { sum, count: (known?.count ?? 0) + 1 });
  }
  return [...merged.values()].map(({ sum, count }) => ({ ...sum, count }));
}
