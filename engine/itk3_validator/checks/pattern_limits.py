"""
How the regular expressions of rules are run.
"""

from __future__ import annotations

import re

FLAGS = re.ASCII | re.DOTALL

# code points of the longest value that a pattern is tried on
MAX_VALUE = 65_536
