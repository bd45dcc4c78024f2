"""The doors that strangers' text comes in by, under a fuzzer. `python -m tests.fuzz --seconds 600` tries for longer."""
