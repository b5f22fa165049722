"""
Automatic proof: every rule fails when a message that it passes is broken, and stays as it is when nothing matters.

A rule is proved when each of its checks has been broken in every way that matters for its verb, on a message that it
passes, and it failed each time. A mutation that switches the rule off (its ``when`` no longer holds, its ``each`` no
longer chooses the node) is excused and counted; it never proves a check alone. A rule that cannot be proved says
``unprovable:`` and why.
"""

from __future__ import annotations

from itk3_validator.workshop.proof.model import Mutation, Proof, Verdict
from itk3_validator.workshop.proof.proving import prove

__all__ = ["Mutation", "Proof", "Verdict", "prove"]
