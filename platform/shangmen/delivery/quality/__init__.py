"""Asking the people themselves: call-backs from a sample that anybody can draw again, and complaints."""
