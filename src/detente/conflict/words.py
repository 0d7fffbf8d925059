"""The words of conflict files, for messages about their shape."""

from __future__ import annotations

from detente.summit.shape import Words

_EXAMPLES = {
    "detente": "Start the file with 'detente: 1', the version of the format.",
    "title": "Add, for example, 'title: The game of chicken'.",
    "sides": "Add, for example, 'sides: {US: United States, USSR: Soviet Union}'.",
    "conflict": "Add, for example, 'conflict: {options: {strike: US}, preferences: {US: 1 > 2}}'.",
    "by": "Say whose it is, for example 'by: US'.",
    "either": "Name the sides, each of which can change it: 'either: [US, USSR]'.",
    "levels": "Add, for example, 'levels: [none, partial, full]'.",
    "direction": "Write 'direction: forward' for what cannot be taken back.",
    "options": "Name each option and whose it is, for example 'options: {strike: US}'.",
    "states": "Name the states, for example 'states: [peace, war]', or with the options taken in "
    "each: 'states: {1: [], 2: [strike]}'.",
    "feasible": "Write conditions, for example 'feasible: [not (strike and withdraw)]'.",
    "moves": "Say where each side can move, for example 'moves: {US: {peace: [war]}}'.",
    "joint": "Write, for example, 'joint: [{by: [US, USSR], moves: {war: peace}}]'.",
    "agreements": "List the sides that can act in step, for example 'agreements: [[US, USSR]]'.",
    "preferences": "Rank the states for each side, best first: 'preferences: {US: 3 > 1 ~ 2}'.",
    "ranking": "Write, for example, 'ranking: 3 > 1 ~ 2 >> 4', best first.",
    "statements": "List conditions, the most important first: 'statements: [withdraw, not x]'.",
    "payoffs": "Write, for example, 'payoffs: [3, 4, 2, 1]' in the order of the states.",
    "much_worse": "Write, for example, 'much_worse: {1: 4}': 4, and all no better, is much worse.",
    "unknown": "List pairs of states, for example 'unknown: [[1, 2]]'.",
    "views": "Write, for example, 'views: {US: {preferences: {USSR: 1 > 2}}}'.",
    "unaware": "List the states that the side does not know of, for example 'unaware: [3, 4]'.",
}
_OTHERS = {
    "players": "sides",
    "parties": "sides",
    "decision_makers": "sides",
    "decisionmakers": "sides",
    "side": "by",
    "who": "by",
    "owner": "by",
    "player": "by",
    "owners": "either",
    "signers": "by",
    "reversibility": "direction",
    "permitteddirection": "direction",
    "irreversible": "direction",
    "infeasible": "feasible",
    "infeasibles": "feasible",
    "constraints": "feasible",
    "preference": "preferences",
    "preferenceranking": "ranking",
    "priorities": "statements",
    "payoff": "payoffs",
    "utility": "payoffs",
    "utilities": "payoffs",
    "values": "payoffs",
    "strength": "much_worse",
    "start": "status_quo",
    "initial": "status_quo",
    "today": "status_quo",
    "transitions": "moves",
    "reachable": "moves",
    "outcomes": "states",
    "misperception": "views",
    "perceptions": "views",
    "description": "note",
    "comment": "note",
    "text": "name",
    "version": "detente",
}

WORDS_OF_CONFLICTS = Words(
    _EXAMPLES, _OTHERS, ("sides", "options", "levels", "states", "preferences", "moves", "views")
)
