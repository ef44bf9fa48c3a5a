"""Reading the source tables: files, CSV dialect, scan, cache, keys, data report, download."""
