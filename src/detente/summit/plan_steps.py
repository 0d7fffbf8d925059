"""From a step of a checked summit file to what the game is built of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from detente.files.yaml import Path
from detente.game.expressions import ZERO, Expr, compare, conditional, name
from detente.summit.carrying_out import Branch, BreachMove, Secret, Step
from detente.summit.walk import TRUST, VERIFY, Placed, unseeing
from detente.summit.worth import Value

if TYPE_CHECKING:
    from detente.summit import model
    from detente.summit.plan import Plan


def read_step(plan: Plan, placed: Placed) -> Step:
    """The step that stands at a place of the file."""
    from detente.summit.model import ChanceStep, ChoiceStep

    path, spec = placed.path, placed.step
    if placed.look is not None:
        return _look(plan, placed, placed.look)
    when = None
    if spec.when is not None:
        when = plan.document.scope.condition(spec.when, (*path, "when"))
    if isinstance(spec, ChanceStep):
        branches = [
            read_branch(plan, name, outcome, (*path, "outcomes", name), outcome.probability)
            for name, outcome in spec.outcomes.items()
        ]
        step = Step(spec.chance, when, branches=tuple(branches))
        watched: Sequence[model.Watched] = list(spec.outcomes.values())
    elif isinstance(spec, ChoiceStep):
        branches = [
            read_branch(plan, name, option, (*path, "options", name))
            for name, option in spec.options.items()
        ]
        step = Step(spec.choice, when, spec.by, tuple(branches))
        watched = list(spec.options.values())
    else:
        step = _compliance(plan, placed, spec, when)
        watched = [spec, *spec.breaches.values()]  # complying is seen as the step is
    secret = _secret(plan, spec, watched, step.by)
    if not isinstance(spec, ChanceStep | ChoiceStep):
        secret = _alarmed(plan, placed, spec, secret)
    return replace(step, place=plan.document.place(path), group=placed.group, secret=secret)


def read_branch(
    plan: Plan, name: str, spec: model.Effect, path: Path, probability: str | None = None
) -> Branch:
    """What happens on a branch of a step."""
    order = {term: i for i, term in enumerate(plan.file.terms)}
    chance = None
    if probability is not None:
        chance = plan.document.scope.number(probability, (*path, "probability"))
    worth = plan.worth(spec.worth, (*path, "worth"))
    return Branch(name, frozenset(order[term] for term in spec.undoes), worth, chance)


# ── a chance to cheat ──────────────────────────────────────────────────────────────────────────


def _compliance(
    plan: Plan, placed: Placed, spec: model.ComplianceStep, when: Expr | None
) -> Step:
    breaches = tuple(
        _breach(plan, spec, name, breach, (*placed.path, "breaches", name))
        for name, breach in spec.breaches.items()
    )
    return Step(spec.compliance, when, spec.by, breaches=breaches)


def _breach(
    plan: Plan, step: model.ComplianceStep, name: str, spec: model.Breach, path: Path
) -> BreachMove:
    breach = read_branch(plan, name, spec, path)
    if "undoes" not in spec.model_fields_set:
        own = [i for i, term in enumerate(plan.file.terms.values()) if term.by == [step.by]]
        breach = replace(breach, undoes=frozenset(own))
    caught = read_branch(plan, "detected", spec.caught, (*path, "caught"))
    detected = plan.document.scope.number(spec.detected, (*path, "detected"))
    if step.verify is not None:
        where = (*path[:-2], "verify", "detects")
        detected = _if_verified(plan, step, step.verify.detects, where, detected)
    given = step.answered_by if spec.answered_by is None else spec.answered_by
    answered_by = None if given is None else tuple(given)
    return BreachMove(breach, replace(caught, probability=detected), answered_by)


def _if_verified(
    plan: Plan, step: model.ComplianceStep, text: str, path: Path, otherwise: Expr
) -> Expr:
    looked = compare("==", name(f"{step.compliance}_verified"), 1)
    return conditional(looked, plan.document.scope.number(text, path), otherwise)


def _look(plan: Plan, placed: Placed, look: model.Verify) -> Step:
    """The look at a step: its side trusts or verifies while the other decides."""
    cost = plan.document.scope.amount(look.cost, (*placed.path, "cost"))
    place = plan.document.place(placed.path)
    paid = {look.by: Value(-cost, place=place)} if cost is not ZERO else {}
    return Step(
        placed.variable,
        None,
        look.by,
        (Branch(TRUST), Branch(VERIFY, worth=paid)),
        place=place,
        group=placed.group,
        secret=_secret(plan, look, [], look.by),
        looks_at=placed.step.variable,
    )


# ── who sees what ──────────────────────────────────────────────────────────────────────────────


def _secret(
    plan: Plan, spec: model.Watched, branches: Sequence[model.Watched], by: str | None
) -> Secret | None:
    """What sides other than the mover do not see of a step, None where they see all."""
    blind = unseeing(plan.sides, spec)
    seen: dict[str, tuple[int | None, ...]] = {}
    for side in plan.sides:
        hidden = [side in unseeing(plan.sides, branch) for branch in branches]
        if side == by:
            continue
        if side in blind:
            seen[side] = (None,) * max(len(branches), 2)
        elif any(hidden):
            seen[side] = tuple(0 if unseen else i for i, unseen in enumerate(hidden))
    return Secret(seen) if seen else None


def _alarmed(
    plan: Plan, placed: Placed, spec: model.ComplianceStep, secret: Secret | None
) -> Secret | None:
    """The same with what is heard of a breach, or without one."""
    alarm = None
    if spec.false_alarm is not None:
        path = (*placed.path, "false_alarm")
        chance = plan.document.scope.number(spec.false_alarm.probability, (*path, "probability"))
        if spec.verify is not None and spec.verify.false_alarm is not None:
            where = (*placed.path, "verify", "false_alarm")
            chance = _if_verified(plan, spec, spec.verify.false_alarm, where, chance)
        alarm = replace(read_branch(plan, "alarm", spec.false_alarm, path), probability=chance)
    if alarm is None and spec.noticed_by is None:
        return secret
    return Secret(
        secret.seen if secret else {},
        alarm,
        None if spec.noticed_by is None else frozenset(spec.noticed_by),
        None if spec.answered_by is None else tuple(spec.answered_by),
    )
