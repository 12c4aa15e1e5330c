"""What cells say: numbers, days, telephones, amounts and hours as people type them. Pure."""
