"""Every module of PyTorch's table that is here gives the same outputs and gradients, in every option it lists."""

from collections.abc import Callable

import pytest

import nn

pytestmark = pytest.mark.parity

# Not here yet.
MISSING = {
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
    "LinearCrossEntropyLoss",
    "MultiheadAttention",
    "Transformer",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
}
# Right but for samples without a value, roots of negative sums: what no gradient comes to has gradient 0 (DESIGN 4).
ZERO_UPSTREAM = {"LPPool1d", "LPPool2d", "LPPool3d"}
MODULES = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Bilinear",
    "CELU",
    "CTCLoss",
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "ELU",
    "Embedding",
    "GELU",
    "GLU",
    "GRU",
    "GRUCell",
    "GaussianNLLLoss",
    "GroupNorm",
    "Hardshrink",
    "Hardswish",
    "Hardtanh",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "KLDivLoss",
    "L1Loss",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "LSTM",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "MarginRankingLoss",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Mish",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "PReLU",
    "PoissonNLLLoss",
    "RMSNorm",
    "RNN",
    "RNNCell",
    "ReLU",
    "ReLU6",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "SELU",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


@pytest.mark.parametrize("name", MODULES + sorted(MISSING))
@pytest.mark.filterwarnings("ignore")
def test_module(name: str, record_property: Callable[[str, object], None]) -> None:
    from .modules import Outcome, judge

    outcome = Outcome(name) if name in MISSING else judge(name)
    record_property("module", vars(outcome))
    problems = [
        p for p in outcome.problems if not (name in ZERO_UPSTREAM and p.endswith("gradient of input 0: differs by nan"))
    ]
    assert not problems + outcome.refusals, "\n".join(problems + outcome.refusals)
    assert (outcome.samples > 0) == hasattr(nn, name)


def test_the_table_names_the_modules_there_are() -> None:
    from .modules import names

    assert sorted({*MODULES, *MISSING}) == names()
