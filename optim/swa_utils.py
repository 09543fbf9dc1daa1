"""PyTorch's address of the averages: ``from optim.swa_utils import AveragedModel``."""

from optim.averaging import SWALR, AveragedModel, get_ema_avg_fn, get_swa_avg_fn, update_bn

__all__ = ["SWALR", "AveragedModel", "get_ema_avg_fn", "get_swa_avg_fn", "update_bn"]
