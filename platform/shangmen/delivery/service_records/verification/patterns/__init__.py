"""What no single record shows: habits of a worker over a month of records, looked for every night."""
