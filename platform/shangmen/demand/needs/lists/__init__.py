"""Lists of assessments and of needs."""
