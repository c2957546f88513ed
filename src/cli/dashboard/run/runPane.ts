/** @file TODO */
export type RunPane = { readonly model: string };
export const initialPane = (model: string): RunPane => ({ model });
export type RunEffect = { readonly kind: "stop" };
