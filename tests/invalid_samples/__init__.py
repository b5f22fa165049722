"""
The table of invalid samples, one module for each rule pack.
"""

from __future__ import annotations

from invalid_samples import gpcm_sd_oc, itk3_acknowledgement, itk3_message, itk3_outpatient_letter

ROWS = (*itk3_message.ROWS, *itk3_acknowledgement.ROWS, *gpcm_sd_oc.ROWS, *itk3_outpatient_letter.ROWS)
