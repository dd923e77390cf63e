"""Running the step: ask, and read the answer."""

from __future__ import annotations

from ecsportal.steps.contract import (
    Asks,
    Cancelled,
    Failed,
    JsonDict,
    Progress,
    RunContext,
    StepError,
    Succeeded,
)
from ecsportal.steps.manual_intervention.inputs import ManualInterventionInputs, check_rules
from ecsportal.steps.modelled import fit_inputs, read_model

PROCEED, ABORT = "proceed", "abort"


class ManualInterventionRunner:
    """Asks a person. Nothing is remembered but that it was asked."""

    def start(self, run: RunContext) -> Progress:
        """Check the inputs, then ask."""
        inputs = fit_inputs(ManualInterventionInputs, check_rules, run)
        return inputs if isinstance(inputs, Failed) else _ask(run, inputs)

    def poll(self, run: RunContext, state: JsonDict) -> Progress:
        """Go by the answer; without one the question still stands."""
        if run.answer == PROCEED:
            return Succeeded(_outputs(run))
        if run.answer == ABORT:
            return Failed(_aborted(run), decided=True)
        return _ask(run, read_model(ManualInterventionInputs, run.inputs))

    def cancel(self, run: RunContext, state: JsonDict) -> Progress:
        """Take the question back."""
        return Cancelled("Nobody had answered.")


def _ask(run: RunContext, inputs: ManualInterventionInputs) -> Asks:
    facts = run.deployment
    return Asks(
        question=f"{facts.step_name}: go on with {facts.release_version} in"
        f" {facts.environment_name}?",
        answers=(PROCEED, ABORT),
        state={"asked": True},
        instructions=inputs.instructions,
        responsible=tuple(inputs.responsible),
        note_required=inputs.note_required is True,
        holds_others=inputs.block is not False,
    )


def _aborted(run: RunContext) -> StepError:
    who, note = run.answered_by or "A person", run.answer_note
    return StepError(
        code="MANUAL-ABORTED",
        message=f"{who} aborted the deployment at {run.deployment.step_name}"
        + (f': "{note}"' if note.endswith((".", "!", "?")) else f': "{note}".' if note else "."),
        advice="Settle with them what has to change, then deploy again.",
        cause="aborted",
    )


def _outputs(run: RunContext) -> dict[str, str]:
    """The names are those of Octopus Deploy."""
    return {
        "Manual.Notes": run.answer_note,
        "Manual.ResponsibleUser.Username": run.answered_by,
    }
