"""The home of conflicts is `detente.conflict`; this name keeps older imports working."""

from detente.conflict.conflict import Conflict as Conflict
from detente.conflict.conflict import Mover as Mover
from detente.conflict.conflict import Options as Options
from detente.conflict.conflict import Sides as Sides
from detente.conflict.conflict import dense as dense
from detente.conflict.conflict import levels as levels
