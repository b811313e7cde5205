"""ima2: pictures and clips from a server in the house, covered by the plans and keys that it is signed in with."""
