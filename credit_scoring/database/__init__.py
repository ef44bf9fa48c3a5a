"""The one database of the service: how it is opened, its tables, their migrations. What they mean stands above."""
