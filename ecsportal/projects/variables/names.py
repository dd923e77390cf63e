"""Names of variables: which can be looked up, and which the portal sets itself."""

from __future__ import annotations

import re

from ecsportal.octostache.characters import trim
from ecsportal.octostache.errors import OctostacheError
from ecsportal.octostache.nodes import Symbol
from ecsportal.octostache.parser import ParseError, parsed
from ecsportal.projects.variables.values import fold

MAX_LENGTH = 300


def fault_of_name(name: str) -> str:
    """What forbids this text as the name of a variable, in words; empty where nothing does."""
    if not trim(name):
        return "Give the variable a name."
    if len(name) > MAX_LENGTH:
        return f"At most {MAX_LENGTH} characters."
    if "#{" in name or not _can_be_looked_up(name):
        return (
            'Letters, digits, spaces and ". - _ : /" only, with "[...]" for an index: '
            "no expression could name this variable."
        )
    return ""


def _can_be_looked_up(name: str) -> bool:
    """True where `#{name}` is read as one look-up, and so finds just this variable."""
    try:
        nodes = parsed(f"#{{{name}}}").nodes
    except (ParseError, OctostacheError):
        return False
    return len(nodes) == 1 and isinstance(nodes[0], Symbol) and not nodes[0].dynamic


_SET_BY_PORTAL = re.compile(
    r"""Octopus\.(?:
        Project\.(?:Id|Name)
      | Environment\.(?:Id|Name|SortOrder)
      | Release\.(?:Id|Number|Notes|Created|Channel\.Name|Previous\.Number
            |PreviousForEnvironment\.Number|CurrentForEnvironment\.Number)
      | Deployment\.(?:Id|Name|Comments|Created|CreatedBy\.(?:Id|Username|DisplayName|EmailAddress)
            |PreviousSuccessful\.Id|Error|ErrorDetail|Machines|SpecificMachines|ExcludedMachines
            |Targets\[[^\]]*\]\.Name)
      | Step(?:\[[^\]]*\])?\.(?:Id|Name|Number|Status\.(?:Code|Error))
      | Action\.(?:Id|Name|Number|IsSkipped|TargetRoles|Template\.(?:Id|Version)
            |Aws\.Region|Aws\.Ecs\.ClusterName)
      | Action\.Package\[[^\]]*\]\.(?:Image|PackageId|PackageVersion|Version|FeedId|Registry
            |Feed\.(?:UserName|Password))
      | Action\[[^\]]*\]\.Output(?:\[[^\]]*\])?\..+
      | Machine\.(?:Id|Name|Roles)
      | Task\.(?:Id|Name|QueueTime|QueueTimeExpiry)
      | Space\.(?:Id|Name)
      | Web\.(?:ServerUri|BaseUrl|ProjectLink|ReleaseLink|DeploymentLink)
      | Template\.Each\.(?:Index|First|Last)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""Source: octopus-behaviours A10, as far as the portal has the data."""

CHANGEABLE = frozenset(map(fold, ("Octopus.Task.ConcurrencyTag", "Octopus.Action.MaxParallelism")))
"""System variables that a project may set: its value counts, folded."""


def is_set_by_portal(name: str) -> bool:
    """True for a system variable: a project's or library set's value of this name never counts."""
    return _SET_BY_PORTAL.fullmatch(trim(name)) is not None


_TOKEN = re.compile(r"#\{\s*(?:(?:if|unless)\s+)?([^|}]+?)\s*(?:[|=!].*)?\}.*", re.DOTALL)


def name_in_token(token: str) -> str:
    """The name that an unresolved token looks up: `A.B` of `#{A.B | ToUpper}`."""
    found = _TOKEN.fullmatch(token)
    return found[1] if found else token.removeprefix("#{").removesuffix("}")


def is_known_when_deploying(token: str) -> bool:
    """True for an unresolved token whose value only a deployment has, such as outputs."""
    return is_set_by_portal(name_in_token(token))
