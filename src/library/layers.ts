/**
 * @file What models are built of, as the namespace `layers`: functions from tensors to tensors, with parameters under the scope that
 * they are called in.
 */
export {
  type Activation,
  averagePool,
  type BatchNormOptions,
  batchNorm,
  biasedConv,
  biasedConvolutionLayer,
  type ConvOptions,
  conv,
  convBatchNorm,
  convolutionLayer,
  globalAveragePool,
  groupNorm,
  type Padding,
  pool,
  poolingHead,
  squeezeExcite,
  stemPooling,
} from "../models/convolutional.js";
export {
  addBias,
  attention,
  type DenseOptions,
  dense,
  type EncoderShape,
  encoder,
  encoderBlock,
  gelu,
  glorotUniform,
  heNormal,
  layerNorm,
  lecunNormal,
  mlp,
  normal,
  ones,
  relu,
  softmax,
  spread,
  swish,
  uniformNoise,
  zeros,
} from "../models/layers.js";
export { patches, type VitShape, type VitTrunk, vitTrunk } from "../models/vit.js";
