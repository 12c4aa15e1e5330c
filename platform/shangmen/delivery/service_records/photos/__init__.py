"""Photos of a visit: decoded and written anew, without what the camera said beside them; compared with all others."""
