"""A lecture's settings, and the recordings that its clips draw.

Importing this package loads neither torch nor manim; `record_lecture` loads torch.
"""
