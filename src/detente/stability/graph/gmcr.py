"""The home of `.gmcr` conflicts is `detente.conflict`; this name keeps older imports working."""

from detente.conflict.gmcr import MOST_WRITTEN as MOST_WRITTEN
from detente.conflict.gmcr import conflict_of as conflict_of
from detente.conflict.gmcr import gmcr_of as gmcr_of
from detente.conflict.gmcr import load_conflict as load_conflict
