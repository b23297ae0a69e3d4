"""Scenes in, files out: plan, workers, frames, encoder, store, exports. Nothing here draws.

Importing this package, or any module of it but those that only a worker imports
(`pipeline.worker`, `pipeline.screen`, `pipeline.encoder`), loads neither torch nor Manim.
"""
