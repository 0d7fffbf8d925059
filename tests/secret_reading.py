"""A second reading of summit files with secrets: every history, and what each side saw in it.

Like `brute_force.py`, on which it stands, it shares no code with the package. It walks forward
through every way in which play can go, keeps one log of all that happens, and works out what a side
knows by reading the whole log again through that side's eyes. At an end it adds up what the log is
worth. test_summit_secrets.py compares this with the games that the package builds.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

from brute_force import SecondReading, add, entries, listed, scale


class SecretReading(SecondReading):
    """`talks` and `table` give nested tuples:

    ("end", payoffs), ("chance", [(action, probability, node)…]) and
    ("move", side, question, what the side has seen, [(action, node)…]).
    """

    def __init__(self, text):
        super().__init__(text)

    def outcomes(self, step):
        if "simultaneous" in step:
            return self.outcomes(step["simultaneous"][0])  # all of them follow in `groups`
        return super().outcomes(step)

    @property
    def groups(self):
        found = []
        for item in self["carrying_out"]:
            group = []
            for step in item.get("simultaneous", [item]):
                group.append(step)
                if "verify" in step:
                    look = step["verify"]
                    paid = {"worth": {look["by"]: f"-({look.get('cost', 0)})"}}
                    name, options = step["compliance"] + "_verified", {"trust": {}, "verify": paid}
                    group.append({**look, "choice": name, "looks": step, "options": options})
            found.append(group)
        return found

    def ready(self):
        """Every name of a choice, also those that the first reading does not know."""
        for group in self.groups:
            for step in group:
                self.choices |= dict([super().outcomes(step)])
        self.types = {side: entries(types) for side, types in (self["types"] or {}).items()}
        for side, types in (self["types"] or {}).items():
            self.choices[side] = list(types)
        return self

    # Who sees what

    def blind(self, spec):
        if spec is None or not isinstance(spec, dict):
            return set()
        if "seen_by" in spec:
            return set(self.sides) - set(listed(spec["seen_by"]))
        return set(listed(spec.get("unseen_by")))

    def looks_like(self, side, step, option):
        """What a side that did not decide the step sees of it: a set of options, or nothing."""
        options = super().outcomes(step)[1]
        if side == step.get("by"):
            return (option,)
        if side in self.blind(step):
            return None
        specs = step.get("outcomes") or step.get("breaches") or step.get("options")
        specs = specs if isinstance(specs, dict) else {}
        shown = {o: options[0] if side in self.blind(specs.get(o)) else o for o in options}
        return tuple(o for o in options if shown[o] == shown[option])

    def seen(self, side, log):
        """The log as this side has seen it."""
        found = []
        for kind, *what in log:
            if kind == "types":
                found.append(("type", what[0].get(side)))
            elif kind == "talk":
                mover, question, action = what
                if side == mover or side not in self.blind(self.protocol):
                    found.append((mover, question, action))
            elif kind == "signed":
                found.append(("signed", what[0]))
            elif kind == "group":
                for step, option in what[0]:
                    alike = None if option is None else self.looks_like(side, step, option)
                    if alike:
                        found.append((super().outcomes(step)[0], alike))
            elif kind == "heard":
                step, sound = what
                if "noticed_by" not in step or side in listed(step["noticed_by"]):
                    found.append((step["compliance"], sound))
            else:
                found.append((kind, *what))
        return tuple(found)

    def move(self, side, question, log, moves):
        return ("move", side, question, self.seen(side, log), moves)

    # The game from its start

    def whole(self):
        return self.drawn(lambda log, at: self.talk(1, log, at, self.nothing(), self.ones()))

    def table(self, b, r):
        def start(log, at):
            refused = lambda log: self.broke(log, at, self.nothing(), self.ones(), r)  # noqa: E731
            if r < self.rounds:
                refused = lambda log: self.talk(r + 1, log, at, self.nothing(), self.ones())  # noqa: E731
            asked = self.asked(b, at)
            return self.answer(b, r, asked, log, at, self.nothing(), self.ones(), refused, ())
        return self.drawn(start)

    def nothing(self):
        return (Fraction(0),) * len(self.parties)

    def ones(self):
        return (Fraction(1),) * len(self.parties)

    def drawn(self, start):
        if not self.types:
            return start([("types", {})], {})
        cases = []
        if self["prior"]:
            for case in self["prior"]:
                cases.append((case["types"], self.value(case["probability"])))
            order = lambda c: [self.choices[s].index(c[0][s]) for s in self.types]  # noqa: E731
            cases.sort(key=order)
        else:
            for names in itertools.product(*self.types.values()):
                p = Fraction(1)
                for side, name in zip(self.types, names, strict=True):
                    given = self["types"][side][name]
                    p *= self.value(given["prior"] if isinstance(given, dict) else given)
                cases.append((dict(zip(self.types, names, strict=True)), p))
        moves = []
        for types, p in cases:
            at = {side: self.choices[side].index(name) for side, name in types.items()}
            said = ", ".join(f"{side} {types[side]}" for side in self.types)
            moves.append((said, p, start([("types", types)], at)))
        return ("chance", moves)

    # The talks. `at` holds the types; `total` and `factor` what was gained and how later counts.

    def gained(self, total, factor, worth, state):
        return add(total, scale(factor, self.worth(worth, state)[0])) if worth else total

    def broke(self, log, at, total, factor, r):
        state = {**at, "round": r}
        for worth in [self["breakdown"].get("worth")] + [self["breakdown"].get("drift")] * (r - 1):
            early, late = self.worth(worth, state)
            total = add(total, scale(factor, add(early, late)))
        return ("end", total)

    def arriving(self, r, at, total, factor):
        if r == 1:
            return total, factor
        texts = (self["discount"] or {}).get("per_round", {})
        factor = tuple(f * self.value(texts.get(p, "1"), at)
                       for f, p in zip(factor, self.parties, strict=True))
        early, late = self.worth(self["delay"], {**at, "round": r})
        return add(total, scale(factor, add(early, late))), factor

    def talk(self, r, log, at, total, factor):
        total, factor = self.arriving(r, at, total, factor)

        def refused(log):
            if r == self.rounds:
                return self.broke(log, at, total, factor, r)
            return self.talk(r + 1, log, at, total, factor)

        spec = self.protocol
        if spec["kind"] == "simultaneous-offers":
            return self.name(spec, r, (), log, at, total, factor, refused)
        order = listed(spec.get("order"))
        side = spec.get("proposer") or spec.get("mediator") or order[(r - 1) % len(order)]
        moves = []
        for b in self.offers(side, at):
            then = [*log, ("talk", side, ("proposes", r), b)]
            others = [s for s in self.asked(b, at) if s != side]
            node = self.answer(b, r, others, then, at, total, factor, refused,
                               listed(spec.get("walk_out")))
            moves.append((b, node))
        moves.append(("no offer", refused([*log, ("talk", side, ("proposes", r), "no offer")])))
        return self.move(side, ("proposes", r), log, moves)

    def offers(self, side, at):
        rule = self.protocol.get("offers")
        rule = rule.get(side) if isinstance(rule, dict) else rule
        return [b for b, bundle in enumerate(self.bundles)
                if rule is None or self.value(rule, {**bundle, **at})]

    def name(self, spec, r, picked, log, at, total, factor, refused):
        sides = listed(spec["sides"])
        if len(picked) < len(sides):
            side = sides[len(picked)]
            moves = [
                (b, self.name(spec, r, (*picked, b), log, at, total, factor, refused))
                for b in [*self.offers(side, at), "no offer"]
            ]
            return self.move(side, ("proposes", r), log, moves)
        log = [*log, *(("talk", side, ("proposes", r), b)
                       for side, b in zip(sides, picked, strict=True))]
        if "no offer" in picked or len(set(picked)) > 1:
            return refused(log)
        others = [s for s in self.asked(picked[0], at) if s not in sides]
        return self.answer(picked[0], r, others, log, at, total, factor, refused, ())

    def asked(self, b, at):
        bundle, self.bundles[b] = self.bundles[b], {**self.bundles[b], **at}
        try:
            return self.consents(b)
        finally:
            self.bundles[b] = bundle

    def answer(self, b, r, sides, log, at, total, factor, refused, walk_out):
        if not sides:
            return self.ratify(b, r, log, at, total, factor)
        side, *later = sides
        question = ("answers", b, r)
        then = {m: [*log, ("talk", side, question, m)] for m in ("accept", "refuse", "walk out")}
        after = self.answer(b, r, later, then["accept"], at, total, factor, refused, walk_out)
        moves = [
            ("accept", after),
            ("refuse", refused(then["refuse"])),
        ]
        if side in walk_out:
            moves.append(("walk out", self.broke(then["walk out"], at, total, factor, r)))
        return self.move(side, question, log, moves)

    def ratify(self, b, r, log, at, total, factor):
        past = {**at, "round": r}
        node = self.step(b, past, [*log, ("signed", b)], total, factor)
        for chamber in reversed(self["protocol"].get("chambers", {}).values()):
            if not self.value(chamber["win"], {**self.bundles[b], **at}):
                falls = self.value(chamber["falls"], {**self.bundles[b], **at})
                failed = self.broke(log, at, total, factor, r)
                node = ("chance", [("passes", 1 - falls, node), ("falls", falls, failed)])
        return node

    # After signature

    def step(self, b, past, log, total, factor, i=0, undone=frozenset(), kept=True):
        """Group i of the steps is ahead."""
        if i == len(self.groups):
            return self.over(b, past, total, factor, undone)
        return self.pick(b, past, log, total, factor, i, undone, kept, ())

    def pick(self, b, past, log, total, factor, i, undone, kept, picked):
        group = self.groups[i]
        if len(picked) == len(group):
            return self.happen(b, past, log, total, factor, i, undone, kept, picked)
        step = group[len(picked)]
        onwards = lambda option: self.pick(  # noqa: E731
            b, past, log, total, factor, i, undone, kept, (*picked, option))
        state = {**self.bundles[b], **past}
        name, _ = super().outcomes(step)
        options = self.open(b, step, state, undone)
        if options is None:
            return onwards(None)
        if options == ["comply"]:
            return onwards("comply")
        if "chance" in step:
            specs = {o: s if isinstance(s, dict) else {"probability": s}
                     for o, s in step["outcomes"].items()}
            return ("chance", [(o, self.value(specs[o]["probability"], state), onwards(o))
                               for o in options])
        return self.move(step["by"], name, log, [(o, onwards(o)) for o in options])

    def open(self, b, step, state, undone):
        """The options of a step, None where it is skipped."""
        if "looks" in step:
            looked_at = self.open(b, step["looks"], state, frozenset())
            return ["trust", "verify"] if looked_at and len(looked_at) > 1 else None
        standing = {t for t, at in self.bundles[b].items() if at} - undone
        default = "compliance" not in step or any(step["by"] in self.by[t] for t in standing)
        if not (self.value(step["when"], state) if "when" in step else default):
            return None
        _, options = super().outcomes(step)
        if "compliance" not in step:
            return options
        return ["comply", *(o for o, s in step["breaches"].items()
                            if standing & set(self.undoes(step, s)) or s.get("worth"))]

    def undoes(self, step, spec):
        own = [t for t in self.terms if self.by[t] == [step["by"]]]
        return listed(spec["undoes"]) if "undoes" in spec else own

    def happen(self, b, past, log, total, factor, i, undone, kept, picked):
        group, before = self.groups[i], past
        shown, breaches = [], []
        for step, option in zip(group, picked, strict=True):
            name, options = super().outcomes(step)
            could = self.open(b, step, {**self.bundles[b], **before}, frozenset())
            # A side whose promise was undone unseen complies in the eyes of the others.
            hides = option is None and "compliance" in step and "when" not in step
            shown.append((step, "comply" if hides and could and len(could) > 1 else option))
            if option is not None:
                past = {**past, name: options.index(option)}
        log = [*log, ("group", shown)]
        state = {**self.bundles[b], **past}
        already = undone
        for step, option in zip(group, picked, strict=True):
            if option is None:
                continue
            if "compliance" not in step:
                spec = entries(step.get("outcomes") or step.get("options"))[option]
                undone |= set(listed(spec.get("undoes")))
                total = self.all_of(total, factor, spec.get("worth"), state)
            elif option != "comply":
                spec = step["breaches"][option]
                undone |= set(self.undoes(step, spec))
                total = self.all_of(total, factor, spec.get("worth"), state)
                breaches.append((step, option))
                kept = False
            elif "false_alarm" in step:
                open_ = self.open(b, step, {**self.bundles[b], **before}, already)
                if len(open_) > 1:
                    breaches.append((step, None))
        return self.detect(b, past, log, total, factor, i, undone, kept, breaches)

    def all_of(self, total, factor, worth, state):
        early, late = self.worth(worth, state)
        return add(total, scale(factor, add(early, late)))

    def detect(self, b, past, log, total, factor, i, undone, kept, breaches):
        if not breaches:
            return self.step(b, past, log, total, factor, i + 1, undone, kept)
        (step, breach), *later = breaches
        state = {**self.bundles[b], **past}
        alarm = "false_alarm" in step
        looked = past.get(step["compliance"] + "_verified") == 1
        if breach is None:
            spec = step["false_alarm"]
            spec = spec if isinstance(spec, dict) else {"probability": spec}
            text, effect = spec["probability"], spec
            if looked and "false_alarm" in step["verify"]:
                text = step["verify"]["false_alarm"]
        else:
            spec = step["breaches"][breach]
            text, effect = spec["detected"], spec.get("caught") or {}
            if looked:
                text = step["verify"]["detects"]
        p = self.value(text, state)
        heard = self.reply(
            b, past, [*log, ("heard", step, "alarm" if alarm else breach)],
            self.all_of(total, factor, effect.get("worth"), state), factor, i,
            undone | set(listed(effect.get("undoes"))), kept, step, breach, later,
            self.repliers(b, step, breach),
        )
        quiet = self.detect(b, past, log, total, factor, i, undone, kept, later)
        names = ("alarm", "no alarm") if alarm else ("detected", "undetected")
        return ("chance", [(names[0], p, heard), (names[1], 1 - p, quiet)])

    def repliers(self, b, step, breach):
        conceded = [t for t, at in self.bundles[b].items() if at]
        default = [s for s in self.sides if any(s in self.by[t] for t in conceded)]
        at_step = step.get("answered_by", [s for s in default if s != step["by"]])
        spec = {} if breach is None else step["breaches"][breach]
        return listed(spec.get("answered_by", at_step))

    def reply(self, b, past, log, total, factor, i, undone, kept, step, breach, later, sides):
        if not sides:
            return self.detect(b, past, log, total, factor, i, undone, kept, later)
        side, *rest = sides
        question = (step["compliance"], "alarm" if "false_alarm" in step else breach)
        snap, state = self["snap_back"], {**self.bundles[b], **past}
        gone = undone | set(listed((snap or {}).get("undoes")))
        paid = self.all_of(total, factor, (snap or {}).get("worth"), state)
        ended = self.over(b, past, paid, factor, gone, True)
        upheld = self.reply(b, past, [*log, (side, question, "uphold")], total, factor, i, undone,
                            kept, step, breach, later, rest)
        return self.move(side, question, log, [("uphold", upheld), ("snap back", ended)])

    def over(self, b, past, total, factor, undone, snapped=False):
        (play,) = self.finish(b, undone, past, snapped=snapped)
        return ("end", add(total, scale(factor, play.payoffs)))
