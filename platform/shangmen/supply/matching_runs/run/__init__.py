"""From the register to a plan: what is read, the problem it makes, the job that solves it, what is stored."""
