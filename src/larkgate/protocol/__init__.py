"""Thinks: bytes and `now` in; events, bytes and deadlines out. No I/O, clock or randomness."""
