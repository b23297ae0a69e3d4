"""Presentations: made for PowerPoint and for the browser, and updated in place."""

# Each is a module of this package.
PRESENTATION_FORMATS = ("pptx", "html")
