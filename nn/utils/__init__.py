"""What PyTorch keeps in ``nn.utils``: :mod:`nn.utils.rnn`, sequences of several lengths."""

from . import rnn

__all__ = ["rnn"]
