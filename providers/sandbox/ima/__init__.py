"""IMA Studio as the sandbox plays it: catalogue, create, detail, verify, upload token. Written from the reference."""
