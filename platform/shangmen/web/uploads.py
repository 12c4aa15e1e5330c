"""Files that people send, read in a process of its own: a bomb, or one that hangs, ends that process and no other."""

import asyncio
import contextlib
import sys

_readers = asyncio.Semaphore(2)  # each may take a gigabyte


async def read_apart(reader: str, content: bytes, *arguments: str, seconds: float) -> bytes:
    """What the module `reader` writes of a file: nothing, or half of it, when it went beyond its limits.

    Raises TimeoutError after so many seconds. The process has ended whatever happens.
    """
    async with _readers:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            reader,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": ":".join(part for part in sys.path if part), "OPENBLAS_NUM_THREADS": "1"},
        )
        try:
            async with asyncio.timeout(seconds):
                output, _errors = await process.communicate(content)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):  # it may have ended meanwhile
                process.kill()
            await process.wait()
            raise
    return output
