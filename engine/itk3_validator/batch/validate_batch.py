"""
The public function that judges a table of messages; pyarrow is imported when it is called, not when it is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itk3_validator.batch.settings import DEFAULT, BatchSettings

if TYPE_CHECKING:
    import pyarrow as pa


def validate_batch(batch: pa.RecordBatch, settings: BatchSettings = DEFAULT) -> pa.RecordBatch:
    """
    Judge the messages of a record batch.

    The packs are loaded once in a process for the same settings. `functools.partial(validate_batch, settings=...)`
    pickles.

    Args:
        batch: the column ``message`` holds their bytes (binary, or text in UTF-8), null where there are none. Optional:
            ``source``, their names; ``unreadable``, why one is null; ``fact_NAME``, a fact of each. Other columns are
            not looked at.

    Returns:
        One row a message, in their order: what it has in the table ``messages``, its ``findings``, and in ``outcomes``
        a letter for each rule of its pack.

    Raises:
        CallInvalid: A fact or an interaction that no pack knows, no column ``message``, or a column that is no text.
    """
    from itk3_validator.batch.judging import judged

    return judged(batch, settings)
