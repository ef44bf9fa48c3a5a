"""Monitoring in the web process: refused requests, the background thread of each worker."""
