"""Production against training: counts per day, drift, performance, alarms."""
