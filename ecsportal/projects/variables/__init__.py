"""Variables of a project and of library sets: values, scopes, which value counts where.

`scopes`, `values`, `resolution`, `system`, `pasting` and `difference` decide and know no database;
`saving`, `libraries`, `snapshots`, `queries` and `preview` read and write.
"""
