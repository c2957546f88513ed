/**
 * @file What the papers report of each model: the number that people know it by, with where it stands. Models
 * without a result of their own in the literature are left out.
 */

export interface PublishedResult {
  readonly result: string;
  /** How it was trained, where that is not the model's own paper's way. */
  readonly conditions?: string;
  readonly source: string;
}

type Results = Readonly<Record<string, string>>;

const from = (source: string, conditions: string | undefined, results: Results) =>
  Object.fromEntries(
    Object.entries(results).map(([model, result]): [string, PublishedResult] => [
      model,
      { result, ...(conditions !== undefined && { conditions }), source },
    ]),
  );

const FINE_TUNED = "pretrained on ImageNet-21k, fine-tuned at 384 pixels";

/** By the model's name in the zoo. Top-1 is ImageNet's validation accuracy. */
export const publishedResults: Readonly<Record<string, PublishedResult>> = {
  ...from("arXiv 2205.01580, section 3", "90 and 300 epochs", { "vit-s16": "76.5 and 80.0 % top-1" }),
  ...from("arXiv 2010.11929, Table 5", FINE_TUNED, {
    "vit-b32": "81.3 % top-1",
    "vit-b16": "84.0 % top-1",
    "vit-l32": "81.0 % top-1",
    "vit-l16": "85.2 % top-1",
    "vit-h14": "85.1 % top-1",
  }),
  ...from("arXiv 2305.13035, abstract", "pretrained on JFT-3B, fine-tuned", {
    "vit-so400m14": "90.3 % top-1",
  }),
  ...from("arXiv 2106.04560, abstract", "pretrained on JFT-3B, fine-tuned", { "vit-G14": "90.45 % top-1" }),
  ...from("arXiv 2105.01601, appendix", "300 epochs of ImageNet", {
    "mixer-b16": "76.4 % top-1",
    "mixer-l16": "71.8 % top-1",
  }),
  ...from("arXiv 2303.15343, Table 1", "32k batch, 5 days on 32 TPUv4 chips", {
    "siglip-b16": "73.4 % zero-shot",
  }),
  ...from("arXiv 2303.15343, abstract", "20k batch, 2 days on 4 TPUv4 chips", {
    "lit-g14": "84.5 % zero-shot",
  }),
  ...from("torchvision, IMAGENET1K_V1", "90 epochs", {
    resnet50: "76.1 % top-1",
    resnet101: "77.4 % top-1",
    resnet152: "78.3 % top-1",
  }),
  ...from("arXiv 1709.01507, Table 2", "100 epochs", {
    "se-resnet50": "76.7 % top-1",
    "se-resnet101": "77.6 % top-1",
    "se-resnet152": "78.4 % top-1",
  }),
  ...from("arXiv 2004.08955", "270 epochs", { resnest50: "81.1 % top-1", resnest200: "83.9 % top-1" }),
  ...from("arXiv 2101.11605, section 4.8", undefined, {
    "botnet-t3": "81.7 % top-1",
    "botnet-t4": "82.8 % top-1",
    "botnet-t5": "83.5 % top-1",
    "botnet-t6": "84.0 % top-1",
    "botnet-t7": "84.7 % top-1",
  }),
  ...from("arXiv 1905.11946, Table 2", undefined, {
    "efficientnet-b0": "77.1 % top-1",
    "efficientnet-b1": "79.1 % top-1",
    "efficientnet-b2": "80.1 % top-1",
    "efficientnet-b3": "81.6 % top-1",
    "efficientnet-b4": "82.9 % top-1",
    "efficientnet-b5": "83.6 % top-1",
    "efficientnet-b6": "84.0 % top-1",
    "efficientnet-b7": "84.3 % top-1",
  }),
  ...from("arXiv 1703.06870, Table 3", undefined, { "mask-rcnn-r101": "38.2 box AP" }),
};
