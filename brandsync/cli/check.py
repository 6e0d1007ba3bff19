"""``brandsync check``."""

from brandsync.cli.ending import finish
from brandsync.cli.options import ConfigOption, OutputOption
from brandsync.report.interface import Report


def check(*, config: ConfigOption = None, output: OutputOption = None) -> None:
    """Reach both sides and the journal, and name what is missing: a route, a permission, a field.

    Writes nothing. For a directory, every pipeline is checked. It exits with 0 if a run could begin, with 78 if
    something has to be changed, with 77 if the credentials are refused, and with 75 if a side cannot be reached now.
    Whatever is wrong, the configuration included, is told as a finding.
    """

    def work(report: Report) -> int:
        from brandsync.cli.findings import check_all  # noqa: PLC0415

        return check_all(report, config)

    finish(output, work)
