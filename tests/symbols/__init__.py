"""The judge of derivatives in symbols, measured on generated pairs: `python -m tests.symbols`."""
