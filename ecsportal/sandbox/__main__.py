"""`python -m ecsportal.sandbox`: serve the sandbox until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading

from ecsportal.sandbox.app import make_app
from ecsportal.sandbox.clock import Mode
from ecsportal.sandbox.server import make_server


def main() -> int:
    """Serve; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ecsportal.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4599, help="default 4599")
    parser.add_argument("--speed", type=float, default=1.0, help="how often faster than real time")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="sandbox: %(levelname)s %(message)s")
    mode: Mode = "real" if options.speed == 1 else "fast"
    application = make_app(clock=mode, speed=options.speed)
    try:
        server = make_server(options.host, options.port, application)
    except OSError as problem:
        sys.stderr.write(f"sandbox: port {options.port} cannot be used: {problem.strerror}\n")
        return 1

    def stop(*_: object) -> None:
        # shutdown() waits for the loop that this very thread runs: it needs another thread.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"Sandbox: http://{options.host}:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever(0.1)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
