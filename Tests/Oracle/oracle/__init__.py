"""An independent, deliberately naive evaluation of Perigee's GraphQL reads.

Nothing here is shared with the gateway: rows are loaded whole, filters are
nested loops, rules are evaluated row by row with three-valued logic. Slow and
obvious is the point; the gateway's answers are compared with these.
"""

from .catalog import Catalog
from .errors import RequestError
from .evaluate import Oracle
from .rules import Caller, RuleBook

__all__ = ["Catalog", "Caller", "Oracle", "RequestError", "RuleBook"]
