"""Images and signals: convolutions of all kinds, U-Net, residual blocks, patches."""

from __future__ import annotations

import torch
from torch import nn

from tests.models.registry import Model, entry

functional = nn.functional


def images(rows: int = 4, channels: int = 1, side: int = 6) -> torch.Tensor:
    return torch.randn(rows, channels, side, side)


def labels(rows: int = 4) -> torch.Tensor:
    return torch.arange(rows) % 2


@entry()
def convolution_1d() -> Model:
    module = nn.Sequential(nn.Conv1d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(12, 1))
    return Model(module, torch.randn(6, 1, 6), torch.randn(6, 1), nn.MSELoss())


@entry(quick=True)
def convolution_2d() -> Model:
    module = nn.Sequential(
        *(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 2))
    )
    return Model(module, images(), labels(), nn.CrossEntropyLoss())


@entry()
def convolution_3d() -> Model:
    module = nn.Sequential(nn.Conv3d(1, 2, 2), nn.Tanh(), nn.Flatten(), nn.Linear(16, 1))
    return Model(module, torch.randn(3, 1, 3, 3, 3), torch.randn(3, 1), nn.MSELoss())


@entry()
def average_pooling() -> Model:
    module = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    return Model(nn.Sequential(module, nn.Linear(4, 2)), images(), labels(), nn.CrossEntropyLoss())


@entry()
def lenet() -> Model:
    module = nn.Sequential(
        *(nn.Conv2d(1, 2, 3), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(2, 4, 2), nn.Tanh()),
        *(nn.Flatten(), nn.Linear(16, 6), nn.Tanh(), nn.Linear(6, 2)),
    )
    return Model(module, images(side=8), labels(), nn.CrossEntropyLoss())


@entry()
def dilated_reflected() -> Model:
    module = nn.Conv2d(1, 1, 3, padding=2, dilation=2, padding_mode="reflect")
    x = images()
    return Model(module, x, x.roll(1, dims=3), nn.MSELoss())


@entry()
def separable_convolutions() -> Model:
    module = nn.Sequential(
        *(nn.Conv2d(2, 2, 3, groups=2), nn.Conv2d(2, 3, 1), nn.ReLU6()),
        *(nn.Flatten(), nn.Linear(48, 2)),
    )
    return Model(module, images(channels=2), labels(), nn.CrossEntropyLoss())


@entry()
def transposed_convolution() -> Model:
    module = nn.Sequential(nn.ConvTranspose2d(1, 2, 2, stride=2), nn.ReLU(), nn.Conv2d(2, 1, 1))
    x = images(side=3)
    return Model(module, x, functional.interpolate(x, scale_factor=2), nn.MSELoss())


@entry()
def super_resolution() -> Model:
    module = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.PixelShuffle(2))
    x = images(side=3)
    return Model(module, x, functional.interpolate(x, scale_factor=2), nn.MSELoss())


class UNet(nn.Module):
    """One step down, one up, and the bridge between."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.middle = nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 3, 3, padding=1)
        self.up, self.out = nn.ConvTranspose2d(3, 2, 2, stride=2), nn.Conv2d(4, 1, 1)

    def forward(self, x):
        fine = torch.relu(self.down(x))
        coarse = torch.relu(self.middle(functional.max_pool2d(fine, 2)))
        return self.out(torch.cat([fine, self.up(coarse)], dim=1))


@entry()
def u_net() -> Model:
    x = images()
    return Model(UNet(), x, (x > 0).float(), nn.BCEWithLogitsLoss())


class Bilinear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x):
        return functional.interpolate(
            self.convolution(x), scale_factor=2, mode="bilinear", align_corners=False
        )


@entry()
def bilinear_upsampling() -> Model:
    x = images(side=3)
    return Model(Bilinear(), x, functional.interpolate(x, scale_factor=2), nn.MSELoss())


class ResNetBlock(nn.Module):
    """Two convolutions with batch normalisation, and the shortcut around them."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv2d(2, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2), nn.ReLU()),
            *(nn.Conv2d(2, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2)),
        )
        self.out = nn.Linear(2, 2)

    def forward(self, x):
        return self.out(torch.relu(x + self.body(x)).mean(dim=(2, 3)))


@entry()
def resnet_block_in_evaluation() -> Model:
    return Model(ResNetBlock().eval(), images(channels=2), labels(), nn.CrossEntropyLoss())


@entry()
def resnet_block() -> Model:
    return Model(ResNetBlock(), images(channels=2), labels(), nn.CrossEntropyLoss())


class SqueezeExcite(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.gate = nn.Conv2d(1, 3, 3), nn.Linear(3, 3)
        self.out = nn.Linear(3, 2)

    def forward(self, x):
        x = self.convolution(x)
        scale = torch.sigmoid(self.gate(x.mean(dim=(2, 3))))
        return self.out((x * scale[:, :, None, None]).amax(dim=(2, 3)))


@entry()
def squeeze_and_excitation() -> Model:
    return Model(SqueezeExcite(), images(), labels(), nn.CrossEntropyLoss())


class SpatialTransformer(nn.Module):
    """An affine map of the image, learned through its resampling."""

    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.tensor([[0.93, 0.11, 0.02], [0.07, 0.87, 0.05]]))

    def forward(self, x):
        grid = functional.affine_grid(
            self.theta.expand(len(x), 2, 3), list(x.shape), align_corners=False
        )
        return functional.grid_sample(x, grid, align_corners=False)


@entry(0.01)
def spatial_transformer() -> Model:
    x = images(rows=2, side=5)
    return Model(SpatialTransformer(), x, x, nn.MSELoss())


class MaskedConv2d(nn.Conv2d):
    """A convolution that sees no pixel after its own, as PixelCNN needs it."""

    def __init__(self) -> None:
        super().__init__(1, 1, 3, padding=1)
        mask = torch.ones(3, 3)
        mask[1, 1:] = mask[2] = 0
        self.register_buffer("mask", mask)

    def forward(self, x):
        return self._conv_forward(x, self.weight * self.mask, self.bias)


@entry()
def pixel_cnn() -> Model:
    x = (images() > 0).float()
    return Model(MaskedConv2d(), x, x, nn.BCEWithLogitsLoss())


class VisionTransformer(nn.Module):
    """Patches, a class token, positions, one encoder layer."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, 4, 3, stride=3)
        self.token = nn.Parameter(torch.zeros(1, 1, 4))
        self.positions = nn.Parameter(0.1 * torch.randn(1, 5, 4))
        self.layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], dim=1) + self.positions
        return self.head(self.layer(tokens)[:, 0])


@entry()
def vision_transformer() -> Model:
    return Model(VisionTransformer(), images(), labels(), nn.CrossEntropyLoss())
