"""The wording of film, plots, notebook cards and page: plain text without markup."""
