"""The program's commands on the day that the files of tests/cases/county-zhongning were made for."""

import sys
from datetime import date

from shangmen import cli, clock

if __name__ == "__main__":
    clock.set_to(clock.at(date(2026, 11, 30), 600))
    sys.exit(cli.main())
