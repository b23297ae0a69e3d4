"""The studio: lecture.toml as a page in the browser, beside the film that it makes."""
