"""What the trail holds of contracts: ceilings, terms, rates, quantities. Counters are proven by what uses them."""

from shangmen.foundation.audit.held_rows import Held
from shangmen.supply.contracts.tables import Amendment, Contract, ContractLine, Lot, LotArea, LotService

HELD = (
    Held(Lot),
    Held(LotArea),
    Held(LotService),
    Held(Contract, but=(Contract.reserved, Contract.delivered, Contract.settled, Contract.paid)),
    Held(ContractLine, but=(ContractLine.reserved, ContractLine.delivered)),
    Held(Amendment),
)
