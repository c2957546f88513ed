"""The benchmark's steps in PyTorch, as its users write them: prints one JSON line a model.

Called by throughput.ts with names of models; needs torch, and nothing else.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

WARM_UP_STEPS, TIMED_STEPS = 3, 9


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v)
        x = x + self.out(attended.transpose(1, 2).reshape(batch, tokens, width))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Tower(nn.Module):
    def __init__(self, tokens, width, depth, heads):
        super().__init__()
        self.positions = nn.Parameter(torch.randn(tokens, width) * 0.02)
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x):
        return self.norm(self.blocks(x + self.positions))


class ViT(nn.Module):
    def __init__(self, width=192, depth=12, heads=3, image=224, patch=16, classes=1000):
        super().__init__()
        self.embed = nn.Conv2d(3, width, patch, patch)
        self.tower = Tower((image // patch) ** 2, width, depth, heads)
        self.pre_logits, self.head = nn.Linear(width, width), nn.Linear(width, classes)

    def tokens(self, images):
        return self.tower(self.embed(images).flatten(2).transpose(1, 2))

    def forward(self, images):
        return self.head(torch.tanh(self.pre_logits(self.tokens(images).mean(1))))


class Bottleneck(nn.Module):
    def __init__(self, incoming, width, stride):
        super().__init__()
        outgoing = 4 * width
        self.branch = nn.Sequential(
            nn.Conv2d(incoming, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, outgoing, 1, bias=False), nn.BatchNorm2d(outgoing),
        )
        same = stride == 1 and incoming == outgoing
        self.shortcut = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(incoming, outgoing, 1, stride, bias=False), nn.BatchNorm2d(outgoing)
        )

    def forward(self, x):
        return F.relu(self.branch(x) + self.shortcut(x), inplace=True)


def resnet50(classes=1000):
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    incoming = 64
    for width, blocks, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for i in range(blocks):
            layers.append(Bottleneck(incoming, width, stride if i == 0 else 1))
            incoming = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(incoming, classes))


class SigLIP(nn.Module):
    """Both towers of ViT-Ti's shape; the image tower pools by attention, the text tower takes the last token."""

    def __init__(self, width=192, depth=12, heads=3, length=16, vocabulary=32_000):
        super().__init__()
        self.image = ViT(width, depth, heads)
        self.image.pre_logits = self.image.head = nn.Identity()
        self.heads = heads
        self.probe = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.query, self.key_value, self.out = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.embedding = nn.Embedding(vocabulary, width)
        self.text, self.text_head = Tower(length, width, depth, heads), nn.Linear(width, width)
        self.temperature, self.bias = nn.Parameter(torch.tensor(2.3)), nn.Parameter(torch.tensor(-10.0))

    def pooled(self, tokens):
        batch, _, width = tokens.shape
        split = lambda x: x.view(batch, -1, self.heads, width // self.heads).transpose(1, 2)
        key, value = self.key_value(tokens).chunk(2, -1)
        query = self.query(self.probe.expand(batch, -1, -1))
        attended = F.scaled_dot_product_attention(split(query), split(key), split(value))
        x = self.out(attended.transpose(1, 2).reshape(batch, 1, width))
        return (x + self.down(F.gelu(self.up(self.norm(x)), approximate="tanh")))[:, 0]

    def forward(self, images, tokens):
        image = F.normalize(self.pooled(self.image.tokens(images)), dim=-1)
        text = F.normalize(self.text_head(self.text(self.embedding(tokens))[:, -1]), dim=-1)
        logits = image @ text.T * self.temperature.exp() + self.bias
        signs = 2 * torch.eye(len(images)) - 1
        return -F.logsigmoid(signs * logits).sum() / len(images)


def classifier(model, image, batch):
    images = torch.rand(batch, 3, image, image) * 2 - 1
    labels = torch.randint(0, 1000, (batch,))
    return model, lambda: F.cross_entropy(model(images), labels)


def contrastive(batch):
    model = SigLIP()
    images = torch.rand(batch, 3, 224, 224) * 2 - 1
    tokens = torch.randint(0, 32_000, (batch, 16))
    return model, lambda: model(images, tokens)


def adamw(model):
    return torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-4)


CASES = {
    "vit-ti16": (lambda: classifier(ViT(), 224, 16), adamw, True, 16),
    "resnet50": (
        lambda: classifier(resnet50(), 128, 8),
        lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4),
        False,
        8,
    ),
    "siglip-ti16": (lambda: contrastive(16), adamw, True, 16),
}


def examples_per_second(name):
    build, optimizer_of, clips, batch = CASES[name]
    torch.manual_seed(0)
    model, loss_of = build()
    optimizer = optimizer_of(model)
    times = []
    for _ in range(WARM_UP_STEPS + TIMED_STEPS):
        began = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        if clips:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()
        times.append(time.perf_counter() - began)
    timed = sorted(times[WARM_UP_STEPS:])
    return batch / timed[len(timed) // 2], sum(p.numel() for p in model.parameters())


for name in sys.argv[1:]:
    rate, parameters = examples_per_second(name)
    line = {"model": name, "examplesPerSecond": rate, "parameters": parameters, "torch": torch.__version__}
    print(json.dumps(line), flush=True)
