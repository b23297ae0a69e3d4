"""The formats that clips are exported in: each module here is one format and has an `EXPORTER`."""
