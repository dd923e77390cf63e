"""Reading the JSON document that a command is given."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ecsportal.steps.problems import Problem, StepInputsError


def read_json(file: str) -> Any:
    """The document in a file, or on standard input for `-`.

    Raises StepInputsError, at the file's name, where there is none.
    """
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        document = json.loads(text)
        json.dumps(document, ensure_ascii=False).encode()
        return document
    except json.JSONDecodeError as error:
        message = f"This is no JSON: line {error.lineno}, column {error.colno}: {error.msg}."
    except UnicodeDecodeError:
        message = "This is no UTF-8 text."
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        message = f"A text holds half a character: {half} stands alone."
    except ValueError:
        message = "A number has too many digits."
    except OSError:
        message = "There is no such file, or it can't be read."
    except RecursionError:
        message = "The document is nested too deeply."
    raise StepInputsError([Problem(file, message, "unreadable", "shape")])
