"""Which form of a step a script runs: that of whatever owns the object, or the one that is asked for by name.

A direct edit of what Helm, Argo CD or Flux own is written over by these, so that it has to be asked for.
"""

from diagnostics.remedies.plan.plan import Alternative, Form, Plan, Step

BY_HAND = "Do this where the owner keeps it, wait until it has arrived in the cluster, and go on then."
DIRECT = "To change the objects directly all the same, make this script with --form kubectl."


def taken(step: Step, form: Form) -> tuple[Alternative, ...]:
    """The forms to use instead of the step's own commands; none where these are right."""
    match form:
        case Form.KUBECTL:
            return ()
        case Form.OWNER:
            return tuple(item for item in step.alternatives if item.owns)
    return tuple(item for item in step.alternatives if item.form is form)


def forms_of(plan: Plan) -> tuple[Form, ...]:
    """The forms that the plan can be written in."""
    told = {item.form for step in plan.steps for item in step.alternatives}
    return tuple(form for form in Form if form in (Form.OWNER, Form.KUBECTL) or form in told)


def undo_of(step: Step, form: Form) -> tuple[str, ...]:
    """The commands that take the step back in that form; a change in git is taken back there, which is no command."""
    used = taken(step, form)
    return tuple(line for item in used for line in item.undo) if used else step.undo
