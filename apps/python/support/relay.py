"""A relay in front of a server, which keeps all that a client sends."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


class Relay:
    def __init__(self, behind: str) -> None:
        self._behind = urlsplit(behind)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.sent = bytearray()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((self._behind.hostname, self._behind.port))
            for source, target, kept in ((client, server, self.sent), (server, client, None)):
                threading.Thread(target=_pass_on, args=(source, target, kept), daemon=True).start()

    def close(self) -> None:
        # Wakes `accept`, which closing alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _pass_on(source: socket.socket, target: socket.socket, kept: bytearray | None) -> None:
    try:
        while piece := source.recv(65536):
            if kept is not None:
                kept.extend(piece)
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        # The other side is gone.
        source.close()
        target.close()


@contextmanager
def relay_to(url: str) -> Iterator[Relay]:
    """Listens on a free port of this machine until the context ends."""
    relay = Relay(url)
    yield relay
    relay.close()
