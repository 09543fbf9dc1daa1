"""The oracle: every differentiable row of PyTorch's own table of operations, asked of ours."""
