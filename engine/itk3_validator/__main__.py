"""
``python -m itk3_validator`` is the command ``itk3``.
"""

from __future__ import annotations

import sys

from itk3_validator.adapters.cli import main

sys.exit(main())
