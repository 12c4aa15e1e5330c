"""Why a plan is as it is, and what would follow from a change to it."""
