"""The expression language beside Jinja2, on one document, in one run.

A 63 KB document with 500 expressions: look-ups, indexed look-ups, filters and conditions in equal
parts. One variable is changed before every evaluation. Each figure is one JSON line.
"""

import json
import sys
import time
from collections.abc import Callable

from jinja2 import Environment

from ecsportal.octostache import Variables, evaluate
from ecsportal.octostache.parser import forget_parsed

EXPRESSIONS = 500
SIZE = 63_000
FIRST_LIMIT = 0.4  # of Jinja2's compiling
AGAIN_LIMIT = 12.0  # of Jinja2's rendering
GROWTH_LIMIT = 12.0  # 10 MB against 1 MB
_ROUNDS = 15
_REPEATS = 40


def documents() -> tuple[str, str]:
    """The same document in both languages."""
    filler = "  - some ordinary line of a configuration file, as long as such lines are\n"
    filler = (filler * 3)[: SIZE // EXPRESSIONS - 33]
    ours: list[str] = []
    theirs: list[str] = []
    for number in range(EXPRESSIONS):
        name = f"Name{number // 4 % 50}"
        looked_up = number // 4 % 2  # half of the indexes stand in a variable
        index, their_index = ("#{Key}", "Key") if looked_up else (name, f"'{name}'")
        pairs = (
            (f"#{{{name}}}", f"{{{{ {name} }}}}"),
            (f"#{{Task[{index}].Image}}", f"{{{{ Task[{their_index}].Image }}}}"),
            (f"#{{{name} | ToUpper}}", f"{{{{ {name} | upper }}}}"),
            (
                f'#{{if {name} == "v7"}}on#{{else}}off#{{/if}}',
                f'{{% if {name} == "v7" %}}on{{% else %}}off{{% endif %}}',
            ),
        )
        our, their = pairs[number % 4]
        ours.append(f"{filler}key{number}: {our}\n")
        theirs.append(f"{filler}key{number}: {their}\n")
    return "".join(ours), "".join(theirs)


def entries() -> tuple[dict[str, str], dict[str, str]]:
    """Plain variables, and those with an index."""
    values = {f"Name{number}": f"v{number}" for number in range(50)} | {"Key": "Name5"}
    images = {f"Task[Name{number}].Image": f"registry/app{number}:1.2" for number in range(50)}
    return values, images


def best(work: Callable[[], object], rounds: int) -> float:
    """The shortest time that `work` takes, in milliseconds of this process: others may be busy."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times) * 1000


def show(figure: str, value: float, limit: float | None = None, **more: float) -> bool:
    """Print one figure; False if it is over its limit."""
    line: dict[str, object] = {
        "benchmark": "octostache",
        "figure": figure,
        "value": round(value, 3),
    }
    line |= {name: round(number, 3) for name, number in {"value": value, **more}.items()}
    if limit is not None:
        line |= {"limit": limit, "ok": value <= limit}
    sys.stdout.write(json.dumps(line) + "\n")
    return limit is None or value <= limit


def compare() -> bool:
    """First and later evaluations against Jinja2's compiling and rendering."""
    ours, theirs = documents()
    values, images = entries()
    variables = Variables({**values, **images})
    tasks = {f"Name{number}": {"Image": f"registry/app{number}:1.2"} for number in range(50)}
    environment = Environment(autoescape=False, cache_size=0, keep_trailing_newline=True)
    compiled = environment.from_string(theirs)
    turn = 0

    def change() -> str:
        nonlocal turn
        turn += 1
        variables["Name3"] = values["Name3"] = f"changed{turn}"
        return ours

    def first() -> None:
        forget_parsed()
        evaluate(change(), variables)

    if evaluate(change(), variables).text != compiled.render(**values, Task=tasks):
        raise SystemExit("The two documents differ.")
    compiling = best(lambda: environment.from_string(theirs), _ROUNDS)
    rendering = best(lambda: compiled.render(**values, Task=tasks), _REPEATS)
    first_time = best(first, _ROUNDS)
    again = best(lambda: evaluate(change(), variables), _REPEATS)
    anew = best(lambda: evaluate(change(), {**values, **images}), _REPEATS)
    return all(
        [
            show("first evaluation / jinja2 compile", first_time / compiling, FIRST_LIMIT,
                 ms=first_time, jinja2_ms=compiling),
            show("evaluation / jinja2 render", again / rendering, AGAIN_LIMIT,
                 ms=again, jinja2_ms=rendering),
            show("evaluation with new variables / jinja2 render", anew / rendering, AGAIN_LIMIT,
                 ms=anew, jinja2_ms=rendering),
        ]
    )  # fmt: skip


def growth() -> bool:
    """Ten times the text costs about ten times the time."""
    ours, _ = documents()
    values, images = entries()
    variables = Variables({**values, **images})
    times = []
    for size in (1_000_000, 10_000_000):
        text = (ours * (size // len(ours) + 1))[:size].rsplit("key", 1)[0]

        def work(text: str = text) -> None:
            forget_parsed()
            evaluate(text, variables)

        times.append(best(work, 3))
    return show("10 MB / 1 MB", times[1] / times[0], GROWTH_LIMIT, ms_1=times[0], ms_10=times[1])


def main() -> int:
    """All figures; 1 if one is over its limit."""
    return 0 if all([compare(), growth()]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
