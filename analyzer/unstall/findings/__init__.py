"""What rules report: a finding, how its witness is told, how likely it is, and what is one defect."""
