/** @file Activations and softmax as `src/models` and their gradients write them down. */
import { pattern } from "../pattern.js";
import { always, type GroupKind } from "./kind.js";

/** Where a rectifier's operand is exactly zero, half the cotangent passes. */
export const reluGradient: GroupKind = {
  pattern: pattern(`
    half = constant:0.5
    halved = multiply dy half
    zero = constant:0
    above = compare:GT x zero
    nothing = constant:0
    passed = select above dy nothing
    tied = compare:EQ x zero
    dx = select tied halved passed`),
  operands: ["dy", "x"],
  results: ["dx"],
  accepts: always,
};

const softmaxForward = `
  peak = reduce:max:last x
  peaks = stretch:leading peak
  shifted = subtract x peaks
  exponentials = exponential shifted
  total = reduce:add:last exponentials
  totals = stretch:leading total
  y = divide exponentials totals`;

export const softmax: GroupKind = {
  pattern: pattern(softmaxForward),
  operands: ["x"],
  results: ["y"],
  accepts: always,
};

/** The traced gradient goes through the maximum, too, where its parts cancel: a softmax is the same for shifted logits. */
export const softmaxGradient: GroupKind = {
  pattern: pattern(`${softmaxForward}
    direct = divide dy totals
    ratio = divide y totals
    weighed = multiply dy ratio
    negative = negate weighed
    totalGradient = reduce:add:last negative
    totalGradients = stretch:leading totalGradient
    exponentialsGradient = add direct totalGradients
    shiftedGradient = multiply exponentialsGradient exponentials
    minusShiftedGradient = negate shiftedGradient
    peakGradient = reduce:add:last minusShiftedGradient
    peaksAgain = stretch:leading peak
    isPeak = compare:EQ x peaksAgain
    counted = convert isPeak
    count = reduce:add:last counted
    peakShare = divide peakGradient count
    peakShares = stretch:leading peakShare
    nothing = constant:0
    byPeak = select isPeak peakShares nothing
    dx = add shiftedGradient byPeak`),
  operands: ["dy", "y"],
  results: ["dx"],
  accepts: always,
};

const geluForward = `
  square = multiply x x
  cube = multiply x square
  cubic = constant
  cubicTerm = multiply cube cubic
  polynomial = add x cubicTerm
  slope = constant
  inner = multiply polynomial slope
  half = constant:0.5
  halved = multiply x half
  tanh = tanh inner
  one = constant:1
  shifted = add tanh one`;

export const gelu: GroupKind = {
  pattern: pattern(`${geluForward}
    y = multiply halved shifted`),
  operands: ["x"],
  results: ["tanh", "y"],
  accepts: always,
};

export const geluGradient: GroupKind = {
  pattern: pattern(`${geluForward}
    byHalved = multiply dy shifted
    byShifted = multiply dy halved
    whole = constant:1
    tanhSquare = multiply tanh tanh
    tanhSlope = subtract whole tanhSquare
    byTanh = multiply byShifted tanhSlope
    dx1 = multiply byHalved half
    byPolynomial = multiply byTanh slope
    dx2 = add dx1 byPolynomial
    byCubicTerm = multiply byPolynomial cubic
    dx3 = multiply byCubicTerm square
    dx4 = add dx2 dx3
    bySquare = multiply byCubicTerm x
    dx5 = multiply bySquare x
    dx6 = add dx4 dx5
    dx7 = multiply bySquare x
    dx = add dx6 dx7`),
  operands: ["dy", "x", "tanh"],
  results: ["dx"],
  accepts: always,
};
