/**
 * @file The groups there are, each by how the layers in `src/models`, their gradients and the optimizers write it down.
 * Where one of these is written differently, a group is not found and a test says so.
 */
import { elementsPer, type Match, type Pattern, pattern } from "./pattern.js";
import type { Program } from "./types.js";

export interface GroupKind {
  readonly pattern: Pattern;
  /** By their names in the pattern; those that it does not have are left out. */
  readonly operands: readonly string[];
  readonly results: readonly string[];
  /** Operands whose memory is used anew. */
  readonly consumed?: readonly string[];
  /** What the pattern cannot say. */
  readonly accepts: (program: Program, match: Match) => boolean;
}

export const groupNames = [
  "batchNorm",
  "batchNormGradient",
  "layerNormGradient",
  "reluGradient",
  "softmax",
  "softmaxGradient",
  "gelu",
  "geluGradient",
  "transposedProduct",
  "sumOfSquares",
  "momentumUpdate",
  "adamUpdate",
] as const;
export type GroupName = (typeof groupNames)[number];

/** Whether a constant that makes means of sums is one over the number of what is summed up; in f32. */
function isMean(program: Program, match: Match, factor: string, whole: string, sum: string): boolean {
  const { values, constants } = match;
  return Math.abs(constants[factor]! * elementsPer(program, values[whole]!, values[sum]!) - 1) < 1e-6;
}

const always = () => true;

/** A batch normalisation's statistics and what it multiplies by. */
const batchStatistics = `
  sum = reduce:add:leading x
  share = constant
  mean = multiply sum share
  square = multiply x x
  squareSum = reduce:add:leading square
  squareShare = constant
  meanSquare = multiply squareSum squareShare
  squaredMean = multiply mean mean
  variance = subtract meanSquare squaredMean
  zero = constant:0
  positive = maximum variance zero
  epsilon = constant
  shifted = add positive epsilon
  inverse = rsqrt shifted
  factor = multiply scale inverse`;

const areMeans = (program: Program, match: Match) =>
  isMean(program, match, "share", "x", "sum") && isMean(program, match, "squareShare", "x", "sum");

const batchNorm: GroupKind = {
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

const batchNormGradient: GroupKind = {
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
    minusVarianceGradient = negate varianceGradient
    meanGradient2 = multiply minusVarianceGradient mean
    meanGradient12 = add meanGradient1 meanGradient2
    meanGradient3 = multiply minusVarianceGradient mean
    meanGradient = add meanGradient12 meanGradient3
    squareGradient = multiply varianceGradient squareShare
    squareGradients = stretch:last squareGradient
    bySquare1 = multiply squareGradients x
    dx1 = add direct bySquare1
    bySquare2 = multiply squareGradients x
    dx2 = add dx1 bySquare2
    sumGradient = multiply meanGradient share
    sumGradients = stretch:last sumGradient
    dx = add dx2 sumGradients`),
  operands: ["dy", "x", "scale", "mean", "variance"],
  results: ["biasGradient", "scaleGradient", "dx"],
  accepts: areMeans,
};

/** A layer normalisation's gradient. Where `x` is also added to what comes of it, that cotangent comes first. */
const layerNormGradient = (ofWhatIsAdded: string, first: string, operands: readonly string[]): GroupKind => ({
  pattern: pattern(`
    sum = reduce:add:last x
    share = constant
    mean = multiply sum share
    square = multiply x x
    squareSum = reduce:add:last square
    squareShare = constant
    meanSquare = multiply squareSum squareShare
    squaredMean = multiply mean mean
    variance = subtract meanSquare squaredMean
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
    minusVarianceGradient = negate varianceGradient
    meanGradient2 = multiply minusVarianceGradient mean
    meanGradient12 = add meanGradient1 meanGradient2
    meanGradient3 = multiply minusVarianceGradient mean
    meanGradient = add meanGradient12 meanGradient3
    squareGradient = multiply varianceGradient squareShare
    squareGradients = stretch:leading squareGradient
    bySquare1 = multiply squareGradients x
    dx1 = add ${first} bySquare1
    bySquare2 = multiply squareGradients x
    dx2 = add dx1 bySquare2
    sumGradient = multiply meanGradient share
    sumGradients = stretch:leading sumGradient
    dx = add dx2 sumGradients`),
  operands,
  results: ["biasGradient", "scaleGradient", "dx"],
  accepts: areMeans,
});

const layerNormGradients: readonly GroupKind[] = [
  layerNormGradient("dx0 = add added centredGradient", "dx0", [
    "dy",
    "normalized",
    "inverse",
    "scale",
    "added",
  ]),
  layerNormGradient("", "centredGradient", ["dy", "normalized", "inverse", "scale"]),
];

/** Where a rectifier's operand is exactly zero, half the cotangent passes. */
const reluGradient: GroupKind = {
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

const softmax: GroupKind = {
  pattern: pattern(softmaxForward),
  operands: ["x"],
  results: ["y"],
  accepts: always,
};

/** The traced gradient goes through the maximum, too, where its parts cancel: a softmax is the same for shifted logits. */
const softmaxGradient: GroupKind = {
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

const gelu: GroupKind = {
  pattern: pattern(`${geluForward}
    y = multiply halved shifted`),
  operands: ["x"],
  results: ["tanh", "y"],
  accepts: always,
};

const geluGradient: GroupKind = {
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

/** The gradient of a weight matrix comes out the wrong way round. */
const transposedProduct: GroupKind = {
  pattern: pattern(`
    product = dotGeneral x y
    turned = transpose product`),
  operands: ["x", "y"],
  results: ["turned"],
  accepts: ({ types }, { values }) => types[values.product!]!.shape.length === 2,
};

const sumOfSquares: GroupKind = {
  pattern: pattern(`
    square = multiply x x
    sum = reduce:add:all square`),
  operands: ["x"],
  results: ["sum"],
  accepts: always,
};

const momentum = (step: string) => `
  momentum = constant
  kept = multiply velocity momentum
  newVelocity = add kept ${step}
  rates = stretch:none learningRate
  update = multiply rates newVelocity
  newParameter = subtract parameter update`;

const momentumKind = (text: string, consumed: readonly string[]): GroupKind => ({
  pattern: pattern(text),
  operands: ["parameter", "velocity", "gradient", "learningRate"],
  results: ["newParameter", "newVelocity"],
  consumed,
  accepts: always,
});

const momentumUpdates: readonly GroupKind[] = [
  momentumKind(
    `
    decay = constant
    decayed = multiply parameter decay
    step = add gradient decayed
    ${momentum("step")}`,
    ["parameter", "velocity", "gradient"],
  ),
  momentumKind(momentum("gradient"), ["parameter", "velocity"]),
];

const adam = (direction: string) => `
  clips = stretch:none clip
  clipped = multiply gradient clips
  beta1 = constant
  keptMean = multiply mean beta1
  rest1 = constant
  addedMean = multiply clipped rest1
  newMean = add keptMean addedMean
  square = multiply clipped clipped
  beta2 = constant
  keptSquare = multiply meanSquare beta2
  rest2 = constant
  addedSquare = multiply square rest2
  newMeanSquare = add keptSquare addedSquare
  corrections2 = stretch:none correction2
  correctedSquare = divide newMeanSquare corrections2
  root = sqrt correctedSquare
  corrections1 = stretch:none correction1
  correctedMean = divide newMean corrections1
  epsilon = constant
  divisor = add root epsilon
  direction = divide correctedMean divisor
  rates = stretch:none learningRate
  update = multiply rates ${direction}
  newParameter = subtract parameter update`;

const complement = ({ constants }: Match, a: string, b: string) =>
  Math.abs(constants[a]! + constants[b]! - 1) < 1e-9;

const adamKind = (text: string): GroupKind => ({
  pattern: pattern(text),
  operands: [
    "parameter",
    "mean",
    "meanSquare",
    "gradient",
    "learningRate",
    "clip",
    "correction1",
    "correction2",
  ],
  results: ["newParameter", "newMean", "newMeanSquare"],
  consumed: ["parameter", "mean", "meanSquare"],
  accepts: (_, match) => complement(match, "beta1", "rest1") && complement(match, "beta2", "rest2"),
});

const adamUpdates: readonly GroupKind[] = [
  adamKind(`
    decay = constant
    decayed = multiply parameter decay
    step = add direction decayed
    ${adam("step")}`),
  adamKind(adam("direction")),
];

/** Of a group that is written in several ways the longest comes first. */
export const groupKinds: Readonly<Record<GroupName, readonly GroupKind[]>> = {
  batchNorm: [batchNorm],
  batchNormGradient: [batchNormGradient],
  layerNormGradient: layerNormGradients,
  reluGradient: [reluGradient],
  softmax: [softmax],
  softmaxGradient: [softmaxGradient],
  gelu: [gelu],
  geluGradient: [geluGradient],
  transposedProduct: [transposedProduct],
  sumOfSquares: [sumOfSquares],
  momentumUpdate: momentumUpdates,
  adamUpdate: adamUpdates,
};
