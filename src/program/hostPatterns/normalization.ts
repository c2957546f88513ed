/** @file Normalisations as `src/models` and their gradients write them down. */
import { elementsPer, type Match, pattern } from "../pattern.js";
import type { Program } from "../types.js";
import type { GroupKind } from "./kind.js";

/** Whether a constant that makes means of sums is one over the number of what is summed up; in f32. */
function isMean(program: Program, match: Match, factor: string, whole: string, sum: string): boolean {
  const { values, constants } = match;
  return Math.abs(constants[factor]! * elementsPer(program, values[whole]!, values[sum]!) - 1) < 1e-6;
}

/** Mean and variance, E[x²] − E[x]², over the leading dimensions or the last one. */
const statistics = (over: "leading" | "last") => `
  sum = reduce:add:${over} x
  share = constant
  mean = multiply sum share
  square = multiply x x
  squareSum = reduce:add:${over} square
  squareShare = constant
  meanSquare = multiply squareSum squareShare
  squaredMean = multiply mean mean
  variance = subtract meanSquare squaredMean`;

/**
 * What comes back through the statistics, from their gradients `varianceGradient` and `meanGradient1`.
 *
 * @param direct what has come to x already
 * @param along where the statistics stand in the shape of x
 */
const throughStatistics = (direct: string, along: "last" | "leading") => `
  minusVarianceGradient = negate varianceGradient
  meanGradient2 = multiply minusVarianceGradient mean
  meanGradient12 = add meanGradient1 meanGradient2
  meanGradient3 = multiply minusVarianceGradient mean
  meanGradient = add meanGradient12 meanGradient3
  squareGradient = multiply varianceGradient squareShare
  squareGradients = stretch:${along} squareGradient
  bySquare1 = multiply squareGradients x
  dx1 = add ${direct} bySquare1
  bySquare2 = multiply squareGradients x
  dx2 = add dx1 bySquare2
  sumGradient = multiply meanGradient share
  sumGradients = stretch:${along} sumGradient
  dx = add dx2 sumGradients`;

/** A batch normalisation's statistics and what it multiplies by. */
const batchStatistics = `
  ${statistics("leading")}
  zero = constant:0
  positive = maximum variance zero
  epsilon = constant
  shifted = add positive epsilon
  inverse = rsqrt shifted
  factor = multiply scale inverse`;

const areMeans = (program: Program, match: Match) =>
  isMean(program, match, "share", "x", "sum") && isMean(program, match, "squareShare", "x", "sum");

export const batchNorm: GroupKind = {
  pattern: pattern(`${batchStatistics}
    shift = multiply mean factor
    offset = subtract bias shift
    factors = stretch:last factor
    scaled = multiply x factors
    offsets = stretch:last offset
    y = add scaled offsets`),
  operands: ["x", "scale", "bias"],
  results: ["mean", "variance", "y"],
  accepts: areMeans,
};

export const batchNormGradient: GroupKind = {
  pattern: pattern(`${batchStatistics}
    factors = stretch:last factor
    biasGradient = reduce:add:leading dy
    direct = multiply dy factors
    dyx = multiply dy x
    factorsGradient = reduce:add:leading dyx
    negative = negate biasGradient
    meanGradient1 = multiply negative factor
    offsetShare = multiply negative mean
    factorGradient = add factorsGradient offsetShare
    scaleGradient = multiply factorGradient inverse
    inverseGradient = multiply factorGradient scale
    minusHalf = constant:-0.5
    ratio = divide inverse shifted
    slope = multiply minusHalf ratio
    positiveGradient = multiply inverseGradient slope
    half = constant:0.5
    halved = multiply positiveGradient half
    above = compare:GT variance zero
    nothing = constant:0
    passed = select above positiveGradient nothing
    tied = compare:EQ variance zero
    varianceGradient = select tied halved passed
    ${throughStatistics("direct", "last")}`),
  operands: ["dy", "x", "scale", "mean", "variance"],
  results: ["biasGradient", "scaleGradient", "dx"],
  accepts: areMeans,
};

/** A layer normalisation's gradient. Where `x` is also added to what comes of it, that cotangent comes first. */
const layerNormGradient = (ofWhatIsAdded: string, first: string, operands: readonly string[]): GroupKind => ({
  pattern: pattern(`
    ${statistics("last")}
    epsilon = constant
    shifted = add variance epsilon
    inverse = rsqrt shifted
    means = stretch:leading mean
    centred = subtract x means
    inverses = stretch:leading inverse
    normalized = multiply centred inverses
    scales = stretch:last scale
    biasGradient = reduce:add:leading dy
    normalizedGradient = multiply dy scales
    scaleParts = multiply dy normalized
    scaleGradient = reduce:add:leading scaleParts
    centredGradient = multiply normalizedGradient inverses
    inverseParts = multiply normalizedGradient centred
    inverseGradient = reduce:add:last inverseParts
    ${ofWhatIsAdded}
    negative = negate centredGradient
    meanGradient1 = reduce:add:last negative
    minusHalf = constant:-0.5
    ratio = divide inverse shifted
    slope = multiply minusHalf ratio
    varianceGradient = multiply inverseGradient slope
    ${throughStatistics(first, "leading")}`),
  operands,
  results: ["biasGradient", "scaleGradient", "dx"],
  accepts: areMeans,
});

export const layerNormGradients: readonly GroupKind[] = [
  layerNormGradient("dx0 = add added centredGradient", "dx0", [
    "dy",
    "normalized",
    "inverse",
    "scale",
    "added",
  ]),
  layerNormGradient("", "centredGradient", ["dy", "normalized", "inverse", "scale"]),
];
