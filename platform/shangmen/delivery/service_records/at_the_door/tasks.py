"""What may be done during a visit, by the code of its service (the 23 options of life care, domain.md §3). Pure."""

from enum import StrEnum


class Task(StrEnum):
    """What was done during a visit, to be ticked."""

    TALK = "talk"
    HOME_CHECKED = "home_checked"
    MEALS = "meals"
    FED = "fed"
    CLEANING = "cleaning"
    TIDIED = "tidied"
    WASHING = "washing"
    BATHED = "bathed"
    GROOMED = "groomed"
    TURNED = "turned"
    TOILET = "toilet"
    OUTDOORS = "outdoors"
    CLINIC = "clinic"
    MEDICINE = "medicine"
    MEASURED = "measured"
    EXERCISED = "exercised"
    NURSED = "nursed"
    COUNSELLED = "counselled"
    PAPERS = "papers"
    ERRANDS = "errands"
    SHOPPING = "shopping"
    TAUGHT = "taught"


# What every visit is also for: somebody looks after the person and the home.
ALWAYS = (Task.TALK, Task.HOME_CHECKED)
OF_SERVICE: dict[str, tuple[Task, ...]] = {
    "V": (Task.MEASURED, Task.MEDICINE, Task.PAPERS),
    "C01": (Task.MEALS, Task.FED, Task.SHOPPING),
    "C02": (Task.BATHED, Task.MEASURED, Task.GROOMED),
    "C03": (Task.BATHED, Task.MEASURED, Task.GROOMED),
    "C04": (Task.GROOMED,),
    "C05": (Task.CLEANING, Task.TIDIED),
    "C06": (Task.WASHING, Task.TIDIED),
    "C07": (Task.OUTDOORS, Task.SHOPPING),
    "C08": (Task.CLINIC, Task.MEDICINE),
    "C09": (Task.MEDICINE, Task.CLINIC),
    "C10": (Task.MEASURED, Task.CLINIC),
    "C11": (Task.ERRANDS, Task.SHOPPING, Task.PAPERS),
    "C12": (Task.TURNED, Task.TOILET, Task.BATHED, Task.FED),
    "C13": (Task.MEASURED, Task.MEDICINE),
    "N": (Task.NURSED, Task.MEASURED, Task.MEDICINE),
    "R": (Task.EXERCISED, Task.MEASURED),
    "P": (Task.COUNSELLED, Task.PAPERS, Task.TAUGHT),
    "L": (Task.MEALS, Task.FED, Task.BATHED, Task.TURNED, Task.TOILET, Task.MEDICINE),
    "A": (Task.TIDIED,),
    "T": (Task.PAPERS,),
}


def of_service(code: str) -> list[Task]:
    """What may be ticked at a visit of a service, its own tasks first; every task for a service nobody knows."""
    own = OF_SERVICE.get(code, OF_SERVICE.get(code[:1]))
    return [*own, *ALWAYS] if own else list(Task)
