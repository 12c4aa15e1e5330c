"""Pages and forms: rendering, languages, security, exports. No feature is known here."""
