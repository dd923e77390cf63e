"""A stack operation, whatever step asks for it: look, decide, announce, write once, follow."""
