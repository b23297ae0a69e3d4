"""The graph that autograd recorded, and finite differences beside it."""
