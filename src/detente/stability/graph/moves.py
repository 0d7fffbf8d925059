"""The home of moves is `detente.conflict.moves`; this name keeps older imports working."""

from detente.conflict.moves import FAR as FAR
from detente.conflict.moves import Bools as Bools
from detente.conflict.moves import Ints as Ints
from detente.conflict.moves import Longs as Longs
from detente.conflict.moves import Moves as Moves
