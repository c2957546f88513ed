/** @file Tensors that are alike but for the block they are in, as one, in words. */
import { type AliveTensor, blocksTogether } from "../../sim/memoryReport.js";
import { formatBytes, formatPercent } from "../units/quantity.js";

export interface AlikeTensors {
  /** The first of them. */
  readonly tensor: AliveTensor;
  readonly count: number;
}

/** Tensors of one size and place in different blocks, once. */
export function alikeTensors(tensors: readonly AliveTensor[]): readonly AlikeTensors[] {
  const groups = new Map<string, { readonly tensor: AliveTensor; count: number }>();
  for (const tensor of tensors) {
    const key = `${blocksTogether(tensor.place)} ${tensor.type} ${tensor.layout}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { tensor, count: 1 });
  }
  return [...groups.values()];
}

/** What there is to say of them, for columns of a table. */
export function tensorWords({ tensor, count }: AlikeTensors) {
  const { place, type, layout, paddedBytes, bytes } = tensor;
  return {
    size: `${count > 1 ? `${count} × ` : ""}${formatBytes(paddedBytes)}`,
    type: `${type}${layout}`,
    padding: paddedBytes > bytes ? `${formatPercent(paddedBytes / bytes - 1)} padding` : "",
    place: count > 1 ? blocksTogether(place) : place,
  };
}
