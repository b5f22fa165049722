"""
Which XML elements FHIR STU3 has, where, in which order and how often: facts of the base specification, no profiles.

    children_of("MessageHeader")["event"]                                   Element("event", "Coding", 1, 1)
    walk("Bundle", ["entry", "resource", "MessageHeader", "event", "code"])  "code"
    unknown_step(["MessageHeader", "evnt"]).remedy                          "did you mean 'event'?"

A part of a resource or a data type is a type of its own, named by its path: ``Bundle.entry``. XML attributes are no
children: ``attributes_of`` has them.
"""

from __future__ import annotations

from itk3_validator.stu3.paths import UnknownStep, unknown_step, walk
from itk3_validator.stu3.table import Element, attributes_of, children_of, is_primitive, is_resource, resources

__all__ = [
    "Element",
    "UnknownStep",
    "attributes_of",
    "children_of",
    "is_primitive",
    "is_resource",
    "resources",
    "unknown_step",
    "walk",
]
