/** @file What can be looked at of a simulated step, in the order in which it is made; explain.ts prints each. */

export const passNames = ["program", "fuse", "layout", "memory", "time"] as const;
export type PassName = (typeof passNames)[number];
