"""What the lecturer asks for, and the material recorded from it that each clip is given.

Importing this package loads neither torch nor manim; torch comes in with `record_lecture`.
"""
