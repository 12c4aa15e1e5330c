"""A command at some moment, anew whenever it was killed: `python -m tests.operations.reborn MOMENT serve …`.

The process has imported everything and makes children that do the work, so that another one is there at once where
one was killed.
"""

import os
import sys
import time
from datetime import datetime

from shangmen import cli, clock
from tests.operations import counting


def main(moment: str, *command: str) -> None:
    """Keep one child at work for ever."""
    clock.set_to(datetime.fromisoformat(moment))
    counting.hurry()
    reading, writing = os.pipe()
    os.dup2(reading, sys.stdin.fileno())  # what tells the children that we have ended
    while True:
        if os.fork() == 0:
            os.close(writing)
            status = 1
            try:
                status = cli.main(command)
            finally:
                os._exit(status)
        os.wait()
        time.sleep(0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
