"""What rules report, and what they have in common: witnesses, likelihood, severity, suppression."""
