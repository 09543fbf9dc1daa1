"""Ready-made models, one file each."""

from nn.models.mlp import MLP

__all__ = ["MLP"]
