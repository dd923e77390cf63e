"""Forms of step types, described by data: sections with fields and rows over one JSON document.

A step type lists its sections; this package fills them from a document, reads what was typed back
into one, adds, removes and moves rows, and places problems beside their fields. A part of the
document that no field shows travels along untouched.
"""
