"""What contracts tell later features."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class LotAreasLeft:
    """Townships are to be no part of a lot any more; whoever knows why not raises Refused."""

    lot: int
    divisions: tuple[int, ...]


@dataclass(frozen=True)
class ContractEnded:
    """The term of a contract is over: nothing is served under it after `on`."""

    contract: int
    on: date
