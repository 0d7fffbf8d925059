"""The home of option forms is `detente.conflict`; this name keeps older imports working."""

from detente.conflict.option_form import DIRECTIONS as DIRECTIONS
from detente.conflict.option_form import MOST_COMBINATIONS as MOST_COMBINATIONS
from detente.conflict.option_form import MOST_MOVES as MOST_MOVES
from detente.conflict.option_form import OptionForm as OptionForm
from detente.conflict.option_form import by_priority as by_priority
from detente.conflict.option_form import feasible as feasible
from detente.conflict.option_form import matches as matches
