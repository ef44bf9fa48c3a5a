"""A Spark session that ships this program to the executors."""
