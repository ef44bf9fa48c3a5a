"""Deployments: which model the service uses, how it is swapped, and the log of all swaps."""
