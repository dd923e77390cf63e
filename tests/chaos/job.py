"""One deployment of a round, from the release to its checks; advanced a little at a time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from tests.chaos import checks, truth
from tests.chaos.installation import Installation, RefusalError
from tests.chaos.plan import Round
from tests.chaos.viewer import Viewer
from tests.chaos.watch import ENDED, Watch

VIEWER_WITHIN = 40.0
CUT_OFF = ("IDEMPOTENT_CALL_RUNNING", "IDEMPOTENT_CALL_CUT_OFF")


@dataclass
class Job:
    """A deployment under way; each call of `advance` does at most a request or two.

    Requests carry an Idempotency-Key. One that was cut off by a kill is looked for before it is
    made again under another key, as the portal advises.
    """

    installation: Installation
    watch: Watch
    round: Round
    run_name: str
    session: str
    retry_of: int | None = None
    deployment: int = 0
    queued_at: float = 0.0
    abandoned: bool = False
    problems: list[str] = field(default_factory=list)
    ended_state: str = ""
    _release: int = 0
    _tries: int = 0
    _cancels: int = 0
    _answered: set[int] = field(default_factory=set)
    _ended_at: float = 0.0
    _viewer: Viewer | None = None
    _checked: bool = False
    _deleted: bool = False

    @property
    def version(self) -> str:
        """The release's; each round has its own."""
        return f"1.0.{self.round.number}"

    @property
    def is_queued(self) -> bool:
        """True once the portal has the deployment."""
        return bool(self.deployment)

    @property
    def has_ended(self) -> bool:
        """True once the deployment was seen in a final state."""
        row = self.watch.rows.get(self.deployment)
        return row is not None and row.state in ENDED

    def advance(self) -> bool:
        """Do what is due; True once all is checked. Raises UnreachableError to be called again."""
        if not self._release and self.retry_of is None:
            self._release = self._made_release()
        elif not self.deployment:
            self.deployment = self._queued()
            self.queued_at = time.monotonic() if self.deployment else 0
            if self.deployment and self.round.watched:
                self._viewer = Viewer(self.installation.url, self.deployment, self.session)
        elif not self.has_ended:
            self._meddle()
        else:
            self._ended_at = self._ended_at or time.monotonic()
            return self._settled()
        return False

    def stop(self) -> None:
        """End what runs beside."""
        if self._viewer:
            self._viewer.stop()

    # Asking

    def _made_release(self) -> int:
        wanted = {"deploy-web/web": self.round.tag} if self.round.cell.kind in (
            "service", "gate") else {}  # fmt: skip
        project = f"/projects/{self.round.cell.project}/releases"
        body = {"version": self.version, "images": wanted}
        made = self._ask_once("release", project, body)
        if made is None:
            listed = self.installation.api("GET", f"{project}?limit=50")["items"]
            made = next((r for r in listed if r["version"] == self.version), None)
        return int(made["id"]) if made else 0

    def _queued(self) -> int:
        if self.retry_of:
            made = self._ask_once("retry", f"/deployments/{self.retry_of}/retry", {})
        else:
            body = {"environment": self.round.cell.environment,
                    "comment": f"round {self.round.number}"}  # fmt: skip
            made = self._ask_once("deploy", f"/releases/{self._release}/deployments", body)
        if made is None:
            cell = self.round.cell
            query = f"project={cell.project}&environment={cell.environment}&limit=5"
            listed = self.installation.api("GET", f"/deployments?{query}")["items"]
            made = next((d for d in listed if d["release"]["version"] == self.version
                         and d["id"] > (self.retry_of or 0)), None)  # fmt: skip
        return int(made["id"]) if made else 0

    def _ask_once(self, what: str, path: str, body: Any) -> Any:
        """The answer, or None where it has to be looked whether an earlier call did its work."""
        name = f"{self.run_name}-{self.round.number}-{what}-{self.retry_of}-{self._tries}"
        try:
            return self.installation.api("POST", path, body, name=name)
        except RefusalError as refusal:
            if refusal.code not in (*CUT_OFF, "ALREADY_RETRIED", "VERSION_TAKEN"):
                raise
            self._tries += 1
            return None

    # Meanwhile

    def _meddle(self) -> None:
        row = self.watch.rows.get(self.deployment)
        if row is None:
            return
        if row.state == "waiting":
            self._answer()
        since = time.monotonic() - self.queued_at
        plan = self.round
        if plan.cancel_at is None or self.retry_of or since < plan.cancel_at:
            return
        again_at = plan.cancel_at + (plan.cancel_again_after or float("inf"))
        if self._cancels == 0 or (self._cancels == 1 and since >= again_at):
            self._cancel()

    def _answer(self) -> None:
        found = self.installation.api("GET", f"/deployments/{self.deployment}")
        asked = found["waiting_for"]
        if not asked or asked["kind"] != "question" or asked["id"] in self._answered:
            return
        body = {"question": asked["id"], "answer": self.round.answer}
        try:
            self.installation.api("POST", f"/deployments/{self.deployment}/answer", body)
        except RefusalError as refusal:
            if refusal.status != 409:  # it was answered by the call that a kill cut off
                raise
        self._answered.add(asked["id"])

    def _cancel(self) -> None:
        name = f"{self.run_name}-{self.deployment}-cancel-{self._cancels}"
        # A cancel of what cancels already ends the waiting: it may have come twice.
        self.abandoned = self.abandoned or self._cancels > 0
        try:
            self.installation.api("POST", f"/deployments/{self.deployment}/cancel", name=name)
        except RefusalError as refusal:
            if refusal.status != 409:
                raise
        self._cancels += 1

    # Afterwards

    def _settled(self) -> bool:
        """Check all that can be said of it now, while nothing else runs in its cell."""
        waited = time.monotonic() - self._ended_at
        if self._viewer and not self._viewer.ended and waited < VIEWER_WITHIN:
            return False
        deployment = self.installation.api("GET", f"/deployments/{self.deployment}")
        stack = truth.stack_name_of(deployment)
        found = truth.look(self.installation, self.round.cell, stack)
        log = self.installation.api(
            "GET", f"/deployments/{self.deployment}/log?level=verbose&limit=5000"
        )
        if not self._checked:
            self._check(deployment, log, found)
            self._checked = True
        if found.is_moving and self._goes_on(log):
            # Nobody waits for this stack any more, and the cell's next deployment needs it at rest.
            if not self._deleted and stack:
                truth.delete(self.installation, self.round.cell, stack)
                self._deleted = True
            return False
        self.ended_state = deployment["state"]
        self.stop()
        return True

    def _goes_on(self, log: Any) -> bool:
        """True where the log says that AWS goes on without anybody waiting."""
        return self.abandoned or "goes on" in _text(log)

    def _check(self, deployment: Any, log: Any, found: truth.Found) -> None:
        query = f"SELECT last_seq FROM deployments_deployment WHERE id = {self.deployment}"
        [(last_seq,)] = self.installation.rows(query)
        said = checks.of_states(deployment)
        said += checks.of_log(log["lines"], state=deployment["state"], last_seq=last_seq)
        left = self._goes_on(log) or "the new version stays" in _text(log)
        if not self.round.followed:  # the one behind may have changed it again
            said += truth.of_outcome(deployment, found, abandoned=left)
        if not log["finished"]:
            said.append("its log isn't said to be finished")
        if self._viewer:
            said += checks.of_viewer(self._viewer.seen, ended=self._viewer.ended, last_seq=last_seq)
        if said:
            said.append("\n    " + "\n    ".join(
                f"{line['seq']} {line['at']} {line['step']} {line['text']}" for line in log["lines"]
            ))  # fmt: skip
        self.problems += said


def _text(log: Any) -> str:
    return "\n".join(line["text"] for line in log["lines"])
