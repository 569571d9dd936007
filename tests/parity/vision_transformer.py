"""A vision transformer of DINOv2's architecture in PyTorch, of any weights, and the file that it is exported to."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

SIDE, PATCH, POSITIONS, WIDTH, HEADS, DEPTH = 224, 14, 37, 48, 3, 2  # a small one; 37 × 37 positions as published


class Block(torch.nn.Module):
    """Attention and a perceptron, each after a norm, scaled and added."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = torch.nn.ModuleList(torch.nn.LayerNorm(WIDTH, eps=1e-6) for _ in range(2))
        self.qkv, self.projected = torch.nn.Linear(WIDTH, 3 * WIDTH), torch.nn.Linear(WIDTH, WIDTH)
        self.wide, self.narrow = torch.nn.Linear(WIDTH, 4 * WIDTH), torch.nn.Linear(4 * WIDTH, WIDTH)
        self.scales = torch.nn.ParameterList(torch.nn.Parameter(0.5 * torch.ones(WIDTH)) for _ in range(2))

    def forward(self, tokens):
        """[N, T, D] → [N, T, D]."""
        count, number, _ = tokens.shape
        qkv = self.qkv(self.norms[0](tokens)).reshape(count, number, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        shares = torch.softmax(qkv[0] @ qkv[1].transpose(-2, -1) * (WIDTH // HEADS) ** -0.5, dim=-1)
        attended = (shares @ qkv[2]).transpose(1, 2).reshape(count, number, WIDTH)
        tokens = tokens + self.scales[0] * self.projected(attended)
        return tokens + self.scales[1] * self.narrow(torch.nn.functional.gelu(self.wide(self.norms[1](tokens))))


class Transformer(torch.nn.Module):
    """Pictures [N, 3, 224, 224] → the normalised tokens [N, 257, D], the first of them that of the class."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = torch.nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.token = torch.nn.Parameter(torch.randn(1, 1, WIDTH))
        self.positions = torch.nn.Parameter(torch.randn(1, 1 + POSITIONS**2, WIDTH))
        self.blocks, self.norm = torch.nn.Sequential(*(Block() for _ in range(DEPTH))), torch.nn.LayerNorm(WIDTH)

    def forward(self, pixel_values):
        """Patches, positions at the size of the picture, blocks, a norm."""
        found = self.patches(pixel_values).flatten(2).transpose(1, 2)
        grid = self.positions[:, 1:].reshape(1, POSITIONS, POSITIONS, WIDTH).permute(0, 3, 1, 2)
        side = (SIDE // PATCH, SIDE // PATCH)
        grid = torch.nn.functional.interpolate(grid, size=side, mode="bicubic", align_corners=False)
        positions = torch.cat([self.positions[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)
        tokens = torch.cat([self.token.expand(found.shape[0], -1, -1), found], dim=1) + positions
        return self.norm(self.blocks(tokens))


def exported(path: Path, network: torch.nn.Module) -> Path:
    """The network as the usual exports have it: all sides of ``pixel_values`` free, nothing stated."""
    sides = {0: "batch_size", 1: "num_channels", 2: "height", 3: "width"}
    axes = {"pixel_values": sides, "last_hidden_state": {0: "batch_size", 1: "sequence_length"}}
    names = {"input_names": ["pixel_values"], "output_names": ["last_hidden_state"], "dynamic_axes": axes}
    torch.onnx.export(network, (torch.zeros(2, 3, SIDE, SIDE),), str(path), dynamo=False, **names)
    return path


def prepared(images: np.ndarray):
    """As the published evaluation has it: a picture of bytes, Pillow's bicubic, ImageNet's mean and deviation."""
    pictures = [Image.fromarray(np.round(127.5 * (one + 1)).astype(np.uint8).transpose(1, 2, 0)) for one in images]
    resized = [np.asarray(one.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for one in pictures]
    values = torch.from_numpy(np.stack(resized)).permute(0, 3, 1, 2).float() / 255
    mean, deviation = (torch.tensor(of).reshape(3, 1, 1) for of in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    return (values - mean) / deviation
