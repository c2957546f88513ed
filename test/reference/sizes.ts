/**
 * @file Published sizes: parameters, and forward multiply-adds of one image or text. None of these numbers was
 * computed with this project.
 */
import type { ModelOptions } from "../../src/models/options.js";

export interface PublishedSize {
  readonly model: string;
  readonly options?: ModelOptions;
  /** Only what lies under this scope: one of two towers. */
  readonly part?: string;
  /** A whole number is met exactly; millions to 0.5 %. */
  readonly parameters: number | { readonly millions: number };
  /** Billions, to 1 %. */
  readonly gigaMultiplyAdds?: number;
  readonly source: string;
}

const millions = (count: number) => ({ millions: count });
const classToken = { head: "linear", pool: "token", posemb: "learned" } as const;

const vits: readonly PublishedSize[] = [
  {
    model: "vit-s16",
    parameters: 22_122_472,
    gigaMultiplyAdds: 4.574,
    source: "big_vision, vit_s16_i1k.py",
  },
  { model: "vit-s16", options: { head: "linear" }, parameters: 21_974_632, source: "big_vision" },
  {
    // timm's 5,717,416 has a class token and 197 learned positions, 192 wide; this has neither.
    model: "vit-ti16",
    options: { head: "linear" },
    parameters: 5_717_416 - 198 * 192,
    gigaMultiplyAdds: 1.247,
    source: "timm vit_tiny_patch16_224",
  },
  {
    model: "vit-ti16",
    parameters: millions(5.72),
    gigaMultiplyAdds: 1.247,
    source: "big_vision, hidden head",
  },
  {
    // big_vision adds positions before the class token: one position fewer than timm and torchvision.
    model: "vit-b16",
    options: classToken,
    parameters: 86_567_656 - 768,
    gigaMultiplyAdds: 17.564,
    source: "torchvision vit_b_16",
  },
  { model: "vit-b16", options: { head: "linear" }, parameters: 86_415_592, source: "XLA reference row" },
  {
    model: "vit-b32",
    options: classToken,
    parameters: 88_224_232 - 768,
    gigaMultiplyAdds: 4.409,
    source: "torchvision vit_b_32",
  },
  {
    model: "vit-l16",
    options: classToken,
    parameters: 304_326_632 - 1024,
    gigaMultiplyAdds: 61.555,
    source: "torchvision vit_l_16",
  },
  {
    model: "vit-h14",
    options: classToken,
    parameters: 632_045_800 - 1280,
    gigaMultiplyAdds: 167.3,
    source: "torchvision vit_h_14",
  },
  {
    model: "vit-g14",
    options: classToken,
    parameters: millions(1012.61),
    gigaMultiplyAdds: 267.18,
    source: "timm vit_giant_patch14_224",
  },
  {
    model: "vit-G14",
    options: classToken,
    parameters: millions(1844.44),
    gigaMultiplyAdds: 483.95,
    source: "timm vit_gigantic_patch14_224",
  },
];

const towers: readonly PublishedSize[] = [
  {
    model: "siglip-b16",
    parameters: 203_119_106,
    gigaMultiplyAdds: 17.708 + 1.364,
    source: "XLA reference row",
  },
  {
    model: "siglip-b16",
    part: "image",
    parameters: millions(92.88),
    gigaMultiplyAdds: 17.708,
    source: "timm vit_base_patch16_siglip_224",
  },
  {
    model: "siglip-so400m14",
    part: "image",
    parameters: millions(427.68),
    gigaMultiplyAdds: 110.18,
    source: "timm vit_so400m_patch14_siglip_224",
  },
  {
    model: "siglip-b16",
    part: "text",
    parameters: millions(110.23),
    gigaMultiplyAdds: 1.364,
    source: "open_clip ViT-B-16-SigLIP, 16 tokens",
  },
  {
    model: "lit-l16",
    options: { textDepth: 12 },
    part: "text",
    parameters: millions(184.99),
    gigaMultiplyAdds: 2.423,
    source: "2303.15343, text L*",
  },
  {
    model: "lit-l16",
    part: "text",
    parameters: millions(336.15),
    gigaMultiplyAdds: 4.845,
    source: "open_clip ViT-L-16-SigLIP, 16 tokens",
  },
  {
    model: "lit-l16",
    options: { textLength: 64 },
    part: "text",
    parameters: millions(336.19),
    gigaMultiplyAdds: 19.53,
    source: "open_clip ViT-L-16-SigLIP, 64 tokens",
  },
  { model: "lit-g14", parameters: 336_539_010, source: "XLA reference row" },
];

const residual: readonly PublishedSize[] = [
  { model: "resnet50", parameters: 25_557_032, gigaMultiplyAdds: 4.089, source: "torchvision resnet50" },
  { model: "resnet101", parameters: 44_549_160, gigaMultiplyAdds: 7.801, source: "torchvision resnet101" },
  { model: "resnet152", parameters: 60_192_808, gigaMultiplyAdds: 11.514, source: "torchvision resnet152" },
  { model: "se-resnet50", parameters: 28_088_024, gigaMultiplyAdds: 4.09, source: "timm seresnet50" },
  { model: "bit-r50x1", parameters: 25_549_352, source: "timm resnetv2_50x1_bit, 1000 classes" },
  { model: "resnest50", parameters: millions(27.5), gigaMultiplyAdds: 5.4, source: "2004.08955, Table 1" },
  { model: "resnest200", parameters: millions(70.2), source: "2004.08955, Table 3" },
  { model: "botnet50", parameters: 20_852_008, gigaMultiplyAdds: 4.03, source: "XLA reference row" },
  { model: "botnet-s1-50", parameters: 20_859_176, gigaMultiplyAdds: 5.42, source: "XLA reference row" },
  { model: "botnet-t3", parameters: millions(33.66), gigaMultiplyAdds: 7.25, source: "2101.11605 says 33.5" },
  {
    model: "botnet-t4",
    parameters: 54_898_328,
    gigaMultiplyAdds: 10.96,
    source: "XLA row; 2101.11605 says 54.7",
  },
  { model: "botnet-t5", parameters: millions(75.45), gigaMultiplyAdds: 19.3, source: "2101.11605 says 75.1" },
  {
    model: "botnet-t6",
    parameters: millions(54.24),
    gigaMultiplyAdds: 23.32,
    source: "2101.11605 says 53.9",
  },
  { model: "botnet-t7", parameters: millions(75.5), gigaMultiplyAdds: 45.79, source: "2101.11605 says 75.1" },
];

const others: readonly PublishedSize[] = [
  {
    model: "efficientnet-b0",
    parameters: 5_288_548,
    gigaMultiplyAdds: 0.386,
    source: "timm efficientnet_b0",
  },
  {
    model: "efficientnet-b1",
    parameters: 7_794_184,
    gigaMultiplyAdds: 0.687,
    source: "timm efficientnet_b1",
  },
  {
    model: "efficientnet-b2",
    parameters: 9_109_994,
    gigaMultiplyAdds: 0.994,
    source: "timm efficientnet_b2",
  },
  {
    model: "efficientnet-b3",
    parameters: 12_233_232,
    gigaMultiplyAdds: 1.827,
    source: "timm efficientnet_b3",
  },
  {
    model: "efficientnet-b4",
    parameters: 19_341_616,
    gigaMultiplyAdds: 4.394,
    source: "timm efficientnet_b4",
  },
  {
    model: "efficientnet-b5",
    parameters: 30_389_784,
    gigaMultiplyAdds: 10.27,
    source: "timm efficientnet_b5",
  },
  {
    model: "efficientnet-b6",
    parameters: 43_040_704,
    gigaMultiplyAdds: 19.07,
    source: "timm efficientnet_b6",
  },
  {
    model: "efficientnet-b7",
    parameters: 66_347_960,
    gigaMultiplyAdds: 37.75,
    source: "timm efficientnet_b7",
  },
  { model: "mixer-s16", parameters: 18_528_264, gigaMultiplyAdds: 3.78, source: "timm mixer_s16_224" },
  { model: "mixer-b16", parameters: 59_880_472, gigaMultiplyAdds: 12.6, source: "timm mixer_b16_224" },
  { model: "mixer-l16", parameters: 208_196_168, gigaMultiplyAdds: 44.55, source: "timm mixer_l16_224" },
  {
    // torchvision counts frozen batch normalisation's scales and offsets, 53,120 of them, as buffers.
    model: "mask-rcnn-r50",
    parameters: 44_401_393 + 53_120,
    source: "torchvision maskrcnn_resnet50_fpn",
  },
];

export const publishedSizes: readonly PublishedSize[] = [...vits, ...towers, ...residual, ...others];
