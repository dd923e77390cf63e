"""Forms of step types, described by data: sections with fields and rows over one JSON document.

A step type lists its sections; this package fills them from a document, reads what was typed back
into one, adds, removes and moves rows, and places problems beside their fields. A part of the
document that no field shows travels along untouched: so do closed panels, whose fields are fetched
when they are opened.

`parts` is what a form is described with: `Field` (also for texts of several lines, and shown only
`when` another value asks for it), `Group` to fold fields together, `Extra` for an object that may
be absent, `Rows` for lists, in one line each or as panels with parts of their own.
"""
