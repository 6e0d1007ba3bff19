"""How results are shown: tables on a terminal, plain lines without one, or JSON."""

from brandsync.report.choosing import choose
from brandsync.report.interface import Output, Report, Sheet

__all__ = ["Output", "Report", "Sheet", "choose"]
