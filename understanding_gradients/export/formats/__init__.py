"""The formats that clips are exported in: each module here is one format and has an `EXPORTER`.

An `EXPORTER` is an instance of a subclass of `understanding_gradients.export.exporter.Exporter`.
"""
