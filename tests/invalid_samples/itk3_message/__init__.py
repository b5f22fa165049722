"""
Invalid samples of the pack itk3-message, one module for each of its files.
"""

from __future__ import annotations

from invalid_samples.itk3_message import bundle, handling, header, header_resources, outcome, payload

ROWS = (*bundle.ROWS, *header.ROWS, *handling.ROWS, *header_resources.ROWS, *payload.ROWS, *outcome.ROWS)
