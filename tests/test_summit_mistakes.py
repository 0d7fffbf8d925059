"""Mistakes of an analyst: each is found at its line, and the message says how to put it right.

Every case is the smallest edit of one good file: what is replaced by what, a piece of the line at
which the message must point (in the edited file), and words that it must contain.
"""

# ruff: noqa: E501

from __future__ import annotations

import pytest

import detente as dt
from detente.errors import DetenteError
from detente.summit.reading import read_summit

GOOD = """\
detente: 1
title: Talks
unit: M$
horizon: 10
sides:
  US: United States
  DPRK: North Korea
observers:
  ROK: South Korea
parameters:
  fees: {value: 50, range: [40, 60], unit: M$/year}
  cost: {value: 3, unit: M$}
  seen: {value: 0.9, range: [0.6, 0.99], unit: 1}
  shy: {value: 7, range: [5, 9], distribution: uniform}
  bold: {value: 2, distribution: {kind: normal, sd: 1}}
  odd: 4
derived:
  double: 2 * cost
  quadruple: 2 * double
correlations:
  - {between: [fees, cost], value: 0.5}
joint:
  - of: [shy, bold]
    scenarios:
      - {weight: 1/3, values: {shy: 6, bold: 1}}
      - {weight: 2/3, values: {shy: 8, bold: 3}}
terms:
  relief:
    by: US
    levels:
      none:
      kumgang:
        worth:
          US: -cost
          DPRK: {per_year: fees}
          ROK: {per_year: 2, years: 4}
  yongbyon:
    by: DPRK
    levels: [none, partial, full]
  inspections:
    by: DPRK
    irreversible: false
    levels: [none, inspected]
feasible:
  - inspections == none or yongbyon != none
combinations:
  - when: relief == kumgang and yongbyon == full
    worth: {DPRK: quadruple}
consent:
  always: [US, DPRK]
breakdown:
  worth: {US: 0}
  drift: {DPRK: -1}
delay: {US: -1}
discount:
  per_round: {US: 0.9}
  per_year: {DPRK: 0.9}
protocol:
  kind: ratification
  talks:
    kind: alternating-offers
    rounds: 3
    order: [DPRK, US]
    offers: {US: inspections == inspected}
    walk_out: [US]
  chambers:
    US: {win: yongbyon == full, falls: 1/2}
carrying_out:
  - chance: legal
    when: relief != none
    outcomes:
      holds: 3/4
      fails: {probability: 1/4, undoes: relief}
  - compliance: freeze
    by: DPRK
    breaches:
      cheat:
        undoes: yongbyon
        detected: seen if inspections == inspected else 0.2
        worth: {DPRK: 5}
        caught: {worth: {DPRK: -1}}
        answered_by: US
  - choice: enforcement
    by: US
    options: [keep, relax]
snap_back:
  after: 2
"""

CASES = [
    # ── the shape of the file ──
    ("no version", "detente: 1\n", "", "title: Talks", "'detente' is missing. Start the file with"),
    ("version 2", "detente: 1", "detente: 2", "detente: 2", "reads version 1. Write 'detente: 1'"),
    ("no title", "title: Talks\n", "", "detente", "'title' is missing. Add, for example"),
    ("no sides", "sides:\n  US: United States\n  DPRK: North Korea\n", "", "detente",
     "'sides' is missing. Add, for example, 'sides: {US:"),
    ("misspelt key", "horizon: 10", "horizn: 10", "horizn", "Did you mean 'horizon'?"),
    ("another word for a key", "sides:\n", "players:\n", "players", "Did you mean 'sides'?"),
    ("a list for the whole", GOOD, "- detente: 1\n", "- detente", "the file is a list"),
    ("no space after colon", GOOD, "detente:1\n", "detente:1", "a space after each colon"),
    ("the value in place of worth", "        worth:\n          US: -cost", "        value:\n          "
     "US: -cost", "        value:", "Did you mean 'worth'?"),
    ("an amount outside worth", "  worth: {US: 0}", "  US: 0", "  US: 0", "worth: {US: 1}"),
    ("a mapping for a formula", "cost: {value: 3", "cost: {value: {a: 3}", "{a: 3}",
     "a single text, number or formula is needed"),
    ("a list for a formula", "value: 3, unit: M$", "value: [3], unit: M$", "[3]",
     "a single text, number or formula is needed"),
    ("a text for a list", "carrying_out:\n  - chance: legal\n", "carrying_out: later\nx:\n  - a: b\n",
     "x:", "there is no key 'x'"),
    ("a number for a mapping", "breakdown:\n  worth: {US: 0}\n  drift: {DPRK: -1}", "breakdown: 3",
     "breakdown: 3", "entries 'key: value' are needed"),
    ("a range of one", "range: [40, 60]", "range: [40]", "[40]", "two entries in brackets"),
    ("neither true nor false", "irreversible: false", "irreversible: no", "irreversible: no",
     "true or false"),
    ("a value left out", "cost: {value: 3, ", "cost: {value: , ", "cost: {value:", "'value' is empty"),
    ("a parameter without value", "cost: {value: 3, unit", "cost: {unit", "cost: {unit",
     "'value' is missing. Add, for example, 'value: 50'"),
    # ── parties ──
    ("side and observer", "  ROK: South Korea", "  US: South Korea", "  US: South Korea",
     "remove it from 'observers'"),
    ("an irreversible first level", "      none:\n      kumgang:\n", "      none: {irreversible: true}\n      kumgang:\n",
     "none: {irreversible", "nothing that could be taken back"),
    ("a level neither irreversible nor not", "      none:\n      kumgang:\n", "      none:\n      kumgang:\n        irreversible: maybe\n",
     "irreversible: maybe", "true or false"),
    ("a level called no offer", "[none, inspected]", "[none, No offer]", "[none, No offer]",
     "a side that proposes can make no offer"),
    ("unknown side concedes", "    by: US\n    levels:", "    by: USA\n    levels:", "by: USA",
     "Did you mean 'US'?"),
    ("an observer concedes", "    by: US\n    levels:", "    by: ROK\n    levels:", "by: ROK",
     "Move it from 'observers' to 'sides'"),
    ("an observer consents", "always: [US, DPRK]", "always: [US, ROK]", "always: [US, ROK]",
     "cannot consent"),
    ("an observer proposes", "order: [DPRK, US]", "order: [DPRK, ROK, US]", "order:",
     "cannot propose"),
    ("an observer complies", "  - compliance: freeze\n    by: DPRK", "  - compliance: freeze\n    by: ROK",
     "by: ROK", "cannot comply or cheat"),
    ("nobody consents", "always: [US, DPRK]", "always: []", "always: []", "Name the sides"),
    ("consent twice", "always: [US, DPRK]", "always: [US, US]", "always: [US, US]", "Remove one"),
    ("unknown party gains", "          US: -cost", "          UN: -cost", "UN: -cost",
     "there is no party 'UN'"),
    ("no space in braces", "worth: {DPRK: 5}", "worth: {DPRK:5}", "DPRK:5",
     "Put a space after the colon"),
    ("an amount without a party", "worth: {DPRK: 5}", "worth: {once: 5}", "once: 5",
     "Amounts are given for each party"),
    ("unknown party's discount", "per_round: {US: 0.9}", "per_round: {USA: 0.9}", "USA: 0.9",
     "Did you mean 'US'?"),
    # ── names ──
    ("reserved word", "  odd: 4", "  if: 4", "if: 4", "Rename it, for example to 'if_'"),
    ("a name of two words", "  odd: 4", "  odd one: 4", "odd one", "'odd_one'"),
    ("a name with a hyphen", "  odd: 4", "  odd-one: 4", "odd-one", "'odd_one'"),
    ("a parameter called round", "  odd: 4", "  round: 4", "  round: 4", "the round of the talks"),
    ("parameter and term", "  odd: 4", "  relief: 4", "  relief:\n", "rename one"),
    ("step twice", "choice: enforcement", "choice: legal", "choice: legal", "rename one"),
    ("step and parameter", "choice: enforcement", "choice: odd", "choice: odd", "rename one"),
    ("a level with an equals sign", "[none, partial, full]", "[none, a=b, partial, full]", "a=b",
     "Use a short key"),
    ("a level with a comma", "[none, partial, full]", "[none, 'a, b', partial, full]", "a, b",
     "Use a short key"),
    ("levels that differ by case", "[none, partial, full]", "[none, Full, partial, full]", "Full",
     "differ only by capital letters"),
    ("level twice", "[none, partial, full]", "[none, full, full]", "[none, full, full]",
     "stands twice"),
    ("one level", "levels: [none, inspected]", "levels: [none]", "levels: [none]",
     "Give at least two"),
    # ── what does not exist ──
    ("unknown level", "inspections == inspected else", "inspections == iaea else", "iaea",
     "term 'inspections' has no level 'iaea'. Known: none, inspected. Add it under "
     "terms.inspections.levels, or correct the spelling."),
    ("misspelt level", "yongbyon == full\n", "yongbyon == ful\n", "ful\n", "Did you mean 'full'?"),
    ("unknown term in a condition", "inspections == none or", "inspection == none or", "inspection ==",
     "Did you mean 'inspections'"),
    ("unknown term undone", "undoes: relief}", "undoes: releif}", "releif", "Did you mean 'relief'?"),
    ("unknown parameter", "US: -cost", "US: -costs", "-costs", "Did you mean 'cost'"),
    ("unknown outcome", "    options: [keep, relax]", "    when: legal == worked\n    options: [a, b]",
     "worked", "step 'legal' has no outcome 'worked'"),
    ("unknown protocol", "kind: alternating-offers", "kind: alternate-offers", "alternate-offers",
     "Did you mean 'alternating-offers'?"),
    ("no protocol kind", "  kind: ratification\n", "", "protocol:", "Add one of: take-it-or-leave-it"),
    ("ratification of ratification", "kind: alternating-offers", "kind: ratification",
     "    kind: ratification", "Known protocols: take-it-or-leave-it, alternating-offers, mediator"),
    ("a step of no kind", "  - choice: enforcement", "  - choose: enforcement", "choose:",
     "Did you mean 'choice'?"),
    ("a step of two kinds", "  - choice: enforcement", "  - choice: a\n    chance: b", "choice: a",
     "only one of 'chance' and 'choice'"),
    ("an empty step", "  - choice: enforcement\n    by: US\n    options: [keep, relax]", "  - ",
     "  - \n", "A step is one of 'chance: NAME'"),
    ("a party in a formula", "US: -cost", "US: -DPRK", "-DPRK", "is a party, not a number"),
    # ── what cannot be named there ──
    ("a parameter in a condition", "when: relief != none", "when: fees > 3", "fees > 3",
     "must not change with a number"),
    ("a term at breakdown", "  drift: {DPRK: -1}", "  drift: {DPRK: -1 if relief == none else 0}",
     "drift:", "no bundle is settled here"),
    ("a later step", "    when: relief != none", "    when: freeze == cheat", "freeze == cheat",
     "comes later"),
    ("round in a probability", "falls: 1/2", "falls: 1/round", "1/round", "in worths only"),
    ("a formula as a value", "odd: 4", "odd: 4 * cost", "odd: 4", "must be a plain number"),
    ("a term as a number", "US: -cost", "US: -relief", "-relief", "is a choice, not a number"),
    ("a number as condition", "when: relief != none", "when: 1", "when: 1", "a condition is needed"),
    ("a condition as number", "falls: 1/2", "falls: yongbyon == full", "falls:", "a number is needed"),
    # ── formulas ──
    ("an operator missing", "double: 2 * cost", "double: 2 cost", "2 cost", "An operator such as *"),
    ("a single equals sign", "yongbyon == full\n", "yongbyon = full\n", "yongbyon = full",
     "Write == to compare"),
    ("per cent", "falls: 1/2", "falls: 50%", "50%", "Write 0.5 or 50/100."),
    ("a list without spaces", "sides:\n  US: United States\n  DPRK: North Korea",
     "sides:\n  -US\n  -DPRK", "  -US", "Put a space after each dash of a list"),
    ("a decimal comma", "odd: 4", "odd: 0,9", "0,9", "Decimals take a point: write 0.9."),
    ("a comma between thousands", "odd: 4", "odd: 1,200", "1,200",
     "Decimals take a point, thousands no sign: 1200 or 1.200."),
    ("a decimal comma in parentheses", "double: 2 * cost", "double: (0,5 * cost)", "0,5", "write 0.5"),
    ("a decimal comma in braces", "odd: 4", "odd: {value: 0,9}", "odd: {",
     "'0,9' is read as 0 and a key '9'. Decimals take a point: write 0.9."),
    ("a comma between thousands in braces", "odd: 4", "odd: {value: 1,200}", "odd: {", "1200 or 1.200"),
    ("decimal commas in a range", "range: [40, 60]", "range: [40,5, 60]", "40,5",
     "If commas are meant as decimals: write points, as in 0.9."),
    ("is not", "when: relief != none", "when: relief is not none", "is not none", "Write != to compare."),
    ("is", "win: yongbyon == full", "win: (yongbyon is full)", "is full", "Write == to compare."),
    ("a bracket left open", "double: 2 * cost", "double: 2 * (cost", "2 * (cost", "')'"),
    ("a circle", "double: 2 * cost", "double: quadruple / 2", "double: q",
     "double → quadruple → double. Make one of these a parameter"),
    # ── units ──
    ("dollars a year once", "DPRK: {per_year: fees}", "DPRK: {once: fees}", "once: fees",
     "this is in M$/year, but M$ is expected"),
    ("dollars every year", "DPRK: {per_year: fees}", "DPRK: {per_year: cost}", "per_year: cost",
     "M$/year is expected"),
    ("adding unlike units", "double: 2 * cost", "double: fees + cost", "fees + cost",
     "M$/year is not M$"),
    ("years in dollars", "years: 4", "years: cost", "years: cost", "year is expected"),
    ("a probability in dollars", "falls: 1/2", "falls: cost / 6", "cost / 6", "correct the unit"),
    ("the line of the wrong unit", "DPRK: quadruple", "DPRK: fees / cost", "fees / cost",
     "correct the unit. See the unit of 'fees' in line 11 and of 'cost' in line 12."),
    ("the line of a wrong unit behind a derived number", "quadruple: 2 * double", "quadruple: cost * double",
     "worth: {DPRK: quadruple}", "See the unit of 'cost' in line 12."),
    ("yearly given once", "DPRK: quadruple", "DPRK: fees", "DPRK: fees}",
     "For an amount every year write {per_year: fees}, or correct the unit. See the unit of 'fees' in line 11."),
    ("given once every year", "{per_year: fees}", "{per_year: 2 * cost}", "DPRK: {per_year",
     "For an amount given once write {once: 2 * cost}, or correct"),
    ("a unit that is none", "cost: {value: 3, unit: M$}", "cost: {value: 3, unit: 3 $}", "3 $",
     "is not a unit"),
    # ── numbers ──
    ("not a number", "cost: {value: 3,", "cost: {value: three,", "three", "a plain number"),
    ("outside its range", "value: 50, range", "value: 70, range", "value: 70", "does not contain 70"),
    ("a range backwards", "range: [40, 60]", "range: [60, 40]", "[60, 40]", "ends below its start"),
    ("unknown distribution", "distribution: uniform", "distribution: unifrom", "unifrom",
     "Did you mean 'uniform'?"),
    ("uniform without range", "value: 7, range: [5, 9], ", "value: 7, ", "shy: {", "needs a range"),
    ("normal without sd", "{kind: normal, sd: 1}", "{kind: normal}", "{kind: normal}", "needs 'sd'"),
    ("a field too many", "{kind: normal, sd: 1}", "{kind: normal, sd: 1, low: 2}", "low: 2",
     "has no field 'low'. Its fields are: sd, mean"),
    ("a negative spread", "{kind: normal, sd: 1}", "{kind: normal, sd: -1}", "sd: -1", "above zero"),
    ("correlation above one", "value: 0.5}", "value: 1.5}", "value: 1.5", "between -1 and 1"),
    ("correlation of nothing", "between: [fees, cost]", "between: [fees, costs]", "costs",
     "Did you mean 'cost'?"),
    ("correlations that contradict", "  - {between: [fees, cost], value: 0.5}",
     "  - {between: [fees, cost], value: 0.9}\n  - {between: [cost, odd], value: 0.9}\n"
     "  - {between: [fees, odd], value: -0.9}", "correlations:", "Move them closer to zero"),
    ("weights", "weight: 1/3", "weight: 1/2", "scenarios:", "sum to 1, not 7/6"),
    ("a scenario's values", "{shy: 6, bold: 1}", "{shy: 6}", "{shy: 6}", "to each of shy, bold"),
    ("a scenario out of range", "{shy: 6, bold: 1}", "{shy: 10, bold: 1}", "shy: 10",
     "the value of 'shy' in this scenario, 10, lies outside its range, 5 to 9"),
    ("drawn twice", "between: [fees, cost]", "between: [fees, shy]", "of: [shy", "Keep one of the two"),
    # ── time ──
    ("no horizon", "horizon: 10\n", "", "DPRK: {per_year: fees}", "Add 'horizon: 10'"),
    ("a negative time", "horizon: 10", "horizon: -10", "horizon", "cannot be negative"),
    ("years of nothing", "ROK: {per_year: 2, years: 4}", "ROK: {once: 2, years: 4}", "years: 4",
     "Add per_year"),
    ("a discount above one", "per_round: {US: 0.9}", "per_round: {US: 1.1}", "US: 1.1",
     "For a rate of 10 % a year write 1/1.1"),
    ("a term that is a number", "terms:\n", "terms:\n  1: {by: US, levels: [none, some]}\n", "1: {by: US",
     "is not one word of letters"),
    ("a term called as the language", "terms:\n", "terms:\n  if: {by: US, levels: [none, some]}\n",
     "if: {by: US", "is a word of the language of formulas"),
    ("a leading underscore", "terms:\n", "terms:\n  _hidden: {by: US, levels: [none, some]}\n", "_hidden",
     "Rename it, for example to 'hidden'"),
    ("an escape in a level", "[none, partial, full]", '[none, partial, full, "a\\e[31m"]', "[none, partial",
     "U+001B"),
    ("a turned name", "[none, partial, full]", '[none, partial, full, "a\u202eb"]', "[none, partial",
     "U+202E"),
    ("a discount of nothing", "per_round: {US: 0.9}", "per_round: {US: 0.0}", "US: 0.0",
     "If nothing later counts, write fewer rounds or years"),
    ("a fraction of a year", "after: 2", "after: 1/2", "after: 1/2", "a whole number of years up to"),
    # ── the talks ──
    ("no rounds", "rounds: 3", "rounds: 0", "rounds: 0", "a whole number from 1 to 1,000"),
    ("half a round", "rounds: 3", "rounds: 2.5", "rounds: 2.5", "a whole number"),
    ("too many rounds", "rounds: 3", "rounds: 1000000", "rounds: 1", "from 1 to 1,000"),
    ("nobody proposes", "order: [DPRK, US]", "order: []", "order: []", "List the sides in turn"),
    ("offers of one who never proposes", "order: [DPRK, US]", "order: [DPRK]", "offers: {US",
     "Add it to 'order'"),
    ("nothing to offer", "inspections == inspected}", "inspections == inspected and yongbyon == none}",
     "offers: {US", "nothing can be offered"),
    ("a chamber of an observer", "    US: {win", "    ROK: {win", "ROK: {win", "cannot have a chamber"),
    ("no protocol", GOOD[GOOD.index("protocol:") : GOOD.index("carrying_out:")], "", "terms:",
     "Add, for example, 'protocol:"),
    ("nothing feasible", "inspections == none or yongbyon != none", "relief == none and relief == kumgang",
     "feasible:", "no combination of levels satisfies"),
    # ── the carrying-out ──
    ("probabilities that do not sum to one", "holds: 3/4", "holds: 1/2", "outcomes:",
     "they sum to 3/4"),
    ("a probability above one", "detected: seen if", "detected: 2 * seen if", "detected:",
     "comes to 9/5 where inspections = inspected"),
    ("a probability in per cent", "falls: 1/2", "falls: 90", "falls: 90", "If 90 per cent is meant, write 0.9."),
    ("a parameter in per cent", "seen: {value: 0.9, range: [0.6, 0.99], unit: 1}", "seen: 90", "detected: seen",
     "See the value of 'seen' in line 13."),
    ("a probability that is one parameter", "falls: 1/2", "falls: odd", "falls: odd",
     "If 4 per cent is meant, write 0.04. See the value of 'odd' in line 16."),
    ("a negative probability", "falls: 1/2", "falls: -1/2", "falls: -1/2", "between 0 and 1"),
    ("a division by zero", "falls: 1/2", "falls: 1/(odd - 4)", "falls:",
     "'odd - 4' is 0"),
    ("a breach called comply", "      cheat:\n", "      comply:\n", "      comply:", "Rename the breach"),
    ("a breach that changes nothing", "        undoes: yongbyon\n        detected: seen if inspections == "
     "inspected else 0.2\n        worth: {DPRK: 5}", "        undoes: []\n        detected: 1/2",
     "      cheat:", "changes nothing"),
    ("no breaches", GOOD[GOOD.index("    breaches:") : GOOD.index("  - choice")], "    breaches: {}\n",
     "breaches: {}", "has no breaches"),
    ("nothing to comply with", "  - compliance: freeze\n    by: DPRK", "  - compliance: freeze\n    by: RU",
     "by: RU", "Known sides: US, DPRK"),
    ("answering oneself", "answered_by: US", "answered_by: DPRK", "answered_by", "its own breach"),
    ("undone twice", "undoes: yongbyon", "undoes: [yongbyon, yongbyon]", "undoes: [y", "stands twice"),
    ("simultaneous step", "  - choice: enforcement", "  - simultaneous: [a, b]\n  - choice: enforcement",
     "simultaneous", "this step does not say its kind"),
    ("simultaneous talks", "kind: alternating-offers", "kind: simultaneous", "kind: sim",
     "Did you mean 'simultaneous-offers'?"),
    # ── reserved for later ──
    ("continuous term", "levels: [none, inspected]", "levels: [0, 10]", "[0, 10]",
     "Name the levels that matter by words"),
    ("continuous term by its ends", "levels: [none, inspected]", "levels: {from: 0, to: 10}", "from: 0",
     "not supported yet in this version"),
    ("continuous term as a range", "levels: [none, inspected]", "range: [0, 10]", "range: [0, 10]",
     "not supported yet in this version"),
    ("endless talks", "rounds: 3", "rounds: infinite", "rounds: infinite",
     "not supported yet in this version"),
]  # fmt: skip

TREE = """\
detente: 1
title: By hand
sides: [US, DPRK]
observers: [ROK]
parameters: {holds: 3/4}
terms:
  relief: {by: US, levels: [none, kumgang]}
tree:
  player: US
  label: first
  moves:
    nothing: {worth: {US: 0}}
    offer:
      offers: kumgang
      player: DPRK
      infoset: reply
      moves:
        refuse: {worth: {US: -1, ROK: -1}}
        accept:
          chance: route
          moves:
            found: {probability: holds, keeps: kumgang, worth: {US: 1}}
            blocked: {probability: 1 - holds}
    demand:
      player: DPRK
      infoset: reply
      moves:
        refuse: {worth: {US: -1}}
        accept: {worth: {US: 2}}
"""

TREE_CASES = [
    ("worth of a level beside a tree", "[none, kumgang]", "{none: , kumgang: {worth: {US: 1}}}", "worth: {US: 1}",
     "Move the amounts to the nodes"),
    ("irreversible beside a tree", "[none, kumgang]", "[none, kumgang], irreversible: true", "irreversible",
     "'irreversible' in a term has no meaning beside 'tree'"),
    ("protocol beside a tree", "tree:", "protocol: {kind: take-it-or-leave-it, proposer: US}\ntree:",
     "protocol:", "Remove one of the two"),
    ("breakdown beside a tree", "tree:", "breakdown: {worth: {US: 1}}\ntree:", "breakdown:",
     "'breakdown' has no meaning beside 'tree'"),
    ("unknown player", "  player: US", "  player: USA", "player: USA", "Did you mean 'US'?"),
    ("an observer moves", "  player: US", "  player: ROK", "player: ROK", "cannot move"),
    ("nobody moves", "  player: US\n", "", "tree:", "Add 'player: ' and a side"),
    ("a player without moves", "{worth: {US: 0}}", "{player: US, worth: {US: 0}}", "nothing:",
     "Add 'moves', or remove 'player'"),
    ("player and chance", "chance: route", "player: US", "found:", "its moves have no probabilities"),
    ("player and chance both", "  player: US\n", "  player: US\n  chance: x\n", "chance: x",
     "moved by a player or by chance"),
    ("a move without probability", "blocked: {probability: 1 - holds}", "blocked: {}", "blocked:",
     "the move 'blocked' has no probability"),
    ("the line of a probability", "holds: 3/4", "holds: 75", "found: {probability",
     "comes to 75. Correct it. See the value of 'holds' in line 5."),
    ("probabilities of a move", "probability: 1 - holds", "probability: holds", "moves:\n            found",
     "they sum to 3/2"),
    ("a probability above one", "holds: 3/4", "holds: 5/4", "found: {probability",
     "between 0 and 1; this one comes to 5/4"),
    ("an infoset of two players", "    demand:\n      player: DPRK", "    demand:\n      player: US",
     "infoset: reply\n      moves:\n        refuse: {worth: {US: -1}}", "belongs to DPRK in line 16"),
    ("an infoset with other moves", "        accept: {worth: {US: 2}}", "        agree: {worth: {US: 2}}",
     "infoset: reply\n      moves:\n        refuse: {worth: {US: -1}}", "the same moves"),
    ("an infoset of chance", "chance: route", "chance: route\n          infoset: r", "infoset: r\n          m",
     "belongs to a player"),
    ("unknown bundle", "offers: kumgang", "offers: kumgan", "offers: kumgan", "kumgang"),
    ("a bundle of unknown terms", "offers: kumgang", "offers: {releif: kumgang}", "offers:", "'relief'"),
    ("a tag without terms", "terms:\n  relief: {by: US, levels: [none, kumgang]}\n", "", "offers:",
     "Add 'terms'"),
    ("unknown party", "{US: -1, ROK: -1}", "{US: -1, RUS: -1}", "RUS", "Did you mean 'US'?"),
    ("a misspelt key of a node", "label: first", "lable: first", "lable", "Did you mean 'label'?"),
    ("simultaneous moves", "label: first", "simultaneous: [US, DPRK]", "simultaneous",
     "give the nodes of the later side the same 'infoset'"),
    ("types beside a tree", "terms:", "types: {US: {a: 1}}\nterms:", "types:",
     "Draw the types by a chance move at the root"),
    ("a term in a worth", "{US: 2}", "{US: 2 if relief == none else 1}", "US: 2 if", "no bundle is settled"),
]  # fmt: skip


def line_of(text: str, fragment: str) -> int:
    assert fragment in text, fragment
    return text[: text.index(fragment)].count("\n") + 1


def check(text: str, fragment: str, words: str) -> str:
    """The message, after checking where it points and what it says."""
    with pytest.raises(DetenteError) as caught:
        read_summit(text, "talks.yaml")
    error = caught.value
    assert error.place is not None
    assert error.place.file == "talks.yaml"
    assert words in error.message
    assert error.place.line == line_of(text, fragment)
    assert error.place.column >= 1
    return str(error)


def test_the_good_files_are_good() -> None:
    read_summit(GOOD, "talks.yaml")
    read_summit(TREE, "tree.yaml")


def test_there_are_enough_mistakes() -> None:
    assert len({case[0] for case in CASES}) == len(CASES) > 100
    assert len({case[0] for case in TREE_CASES}) == len(TREE_CASES)


@pytest.mark.parametrize(("good", "case"), [
    *(pytest.param(GOOD, case, id=case[0]) for case in CASES),
    *(pytest.param(TREE, case, id=f"tree: {case[0]}") for case in TREE_CASES),
])  # fmt: skip
def test_mistake(good: str, case: tuple[str, str, str, str, str]) -> None:
    _, old, new, fragment, words = case
    assert old in good
    message = check(good.replace(old, new, 1), fragment, words)
    assert message.splitlines()[0].rstrip(")")[-1] in ".?"  # a whole sentence
    assert len(message.splitlines()[0]) < 450
    assert not any(jargon in message for jargon in ("pydantic", "NoneType", "Traceback", "__"))


def test_too_many_bundles_are_counted() -> None:
    term = "  t{}: {{by: US, levels: [a, b, c, d, e, f, g, h]}}\n"
    text = GOOD.replace("terms:\n", "terms:\n" + "".join(map(term.format, range(5))))
    with pytest.raises(DetenteError, match=r"of 393,216 combinations .* more than 20,000 are feasible") as caught:
        read_summit(text.replace("- inspections == none", "- t0 != a and inspections == none"), "")
    assert caught.value.place is not None
    with pytest.raises(DetenteError, match="393,216 combinations"):
        read_summit(text.replace("feasible:\n  - inspections == none or yongbyon != none\n", ""), "")


def test_a_gambit_file_is_sent_to_its_reader() -> None:
    with pytest.raises(DetenteError, match=r"ending \.efg"):
        read_summit('EFG 2 R "x" { "A" }', "x.yaml")


@pytest.mark.parametrize(
    ("worth", "said"),
    [
        ("1/(1 if u == m else 0)", "' where u = z: Division by"),
        ("1/(1 - p)", "': Division by zero: 'p - 1' is 0"),
        ("p*" + "*".join(f"(p + {i})" for i in range(2000)), "more than 4200 digits"),
        ("1/(round - 2)", "' where round = 2: Division by"),
    ],
)
def test_a_formula_without_a_value_is_placed(worth: str, said: str) -> None:
    text = f"""\
detente: 1
title: Division by zero
sides: [A, B]
parameters: {{p: 1}}
terms:
  t: {{by: A, levels: {{n: , y: {{worth: {{A: "{worth}"}}}}}}}}
  u: {{by: B, levels: {{m: , z: {{worth: {{A: {{per_year: 0, years: 3}}}}}}}}}}
protocol: {{kind: alternating-offers, rounds: 3, order: [A]}}
"""
    with pytest.raises(DetenteError) as caught:
        _ = dt.Summit.read(text, "talks.yaml").game
    assert said in caught.value.message
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == (6, 43)


def test_a_key_beyond_what_yaml_allows() -> None:
    with pytest.raises(DetenteError, match="a key has more than 1,024 characters"):
        read_summit(f"detente: 1\n{'k' * 1100}: 3\n", "talks.yaml")


def test_the_size_of_a_file_is_limited() -> None:
    rest = "terms:\n  t: {by: A, levels: [n, y]}\nprotocol: {kind: take-it-or-leave-it, proposer: A}\n"
    head = "detente: 1\ntitle: Many\n"
    for count, said in ((101, "there are 101 sides and observers; at most 100"), (100, "")):
        text = f"{head}sides: [A, {', '.join(f'S{i}' for i in range(count - 1))}]\n{rest}"
        if not said:
            read_summit(text)
            continue
        with pytest.raises(DetenteError, match=said):
            read_summit(text)
    chain = "".join(f"  d{i}: d{i + 1} + 1\n" for i in range(1500))  # each of the one after it
    text = f"{head}sides: [A, B]\nparameters: {{p: 1}}\nderived:\n{chain}  d1500: p\n{rest}"
    assert str(read_summit(text).scope.derived["d0"]) == "p + 1500"
