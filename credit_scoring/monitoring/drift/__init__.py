"""Drift: has the population of applicants changed since training?"""
