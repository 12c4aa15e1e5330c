"""Households (家庭): how long they keep their standing, and that it was looked at again."""
