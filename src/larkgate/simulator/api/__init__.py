"""The Open API: who calls, whether they may, what comes back. One module for each family."""

from larkgate.simulator.api.calls import Asked, Call, Family, invalid_field
from larkgate.simulator.api.door import Door

__all__ = ["Asked", "Call", "Door", "Family", "invalid_field"]
