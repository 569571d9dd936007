"""Downloads that end: at most so many bytes in so much time, over an encrypted line, with the published SHA-256.

`pooch` keeps the cache and compares the checksum; how the bytes come is decided here, since its own downloader takes
whatever a server sends for as long as it sends.
"""

import threading
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from gan_core.live_lines import counted

CHUNK_BYTES = 2**16
KILOBYTE = 1000
MOST_REDIRECTS = 5
PATIENCE = (10.0, 30.0)  # seconds to connect, and to the next bytes
SLOWEST = 50_000  # bytes a second, below which a download is given up
LEAST_SECONDS = 60.0


class Published(NamedTuple):
    """A file as it was published: its size in bytes, and its checksum in 64 hexadecimal digits."""

    size: int
    sha256: str


class DownloadError(Exception):
    """A download that was given up; the text is a clause of the line that the user gets."""


class BoundedDownload:
    """A downloader for `pooch` that gives up beyond a size and a time.

    largest: bytes that the file may have. seconds: time for the whole download; None is that of a slow line.
    """

    def __init__(self, largest: int, seconds: float | None = None) -> None:
        self.largest = largest
        self.seconds = LEAST_SECONDS + largest / SLOWEST if seconds is None else seconds

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Write what a URL holds to a file. Raises `DownloadError`, or what the transport raises.

        A thread does the work, and is abandoned when the time is over: a server may send a byte a minute, which no
        timeout of a socket would ever notice.
        """
        over, failures = threading.Event(), []

        def work() -> None:
            try:
                self._write(url, Path(output_file), over)
            except Exception as error:  # noqa: BLE001  raised again below
                failures.append(error)

        thread = threading.Thread(target=work, name="download", daemon=True)
        thread.start()
        thread.join(self.seconds)
        if thread.is_alive():
            over.set()
            raise DownloadError(f"it was not done after {self.seconds:.0f} s")
        if failures:
            raise failures[0]

    def _write(self, url: str, path: Path, over: threading.Event) -> None:
        import requests

        with requests.Session() as session, path.open("wb") as file, _opened(session, url) as response:
            declared = response.headers.get("Content-Length", "0")
            if declared.isdecimal() and int(declared) > self.largest:
                raise DownloadError(f"it says that it is {int(declared):,} bytes; expected {self._expected}")
            received, total = 0, int(declared) // KILOBYTE if declared.isdecimal() and int(declared) else None
            with counted(f"downloading {url.rpartition('/')[2][:60]}", total, "kB") as show:
                for chunk in response.raw.stream(CHUNK_BYTES, decode_content=False):
                    received += len(chunk)
                    if received > self.largest:
                        raise DownloadError(f"it sends more than {self._expected}")
                    if over.is_set():
                        return
                    file.write(chunk)
                    show(received // KILOBYTE)

    @property
    def _expected(self) -> str:
        return f"{self.largest:,} bytes"


def _opened(session: Any, url: str) -> Any:
    """Return the response at the end of the redirects, none of which leaves an encrypted line for an open one."""
    for _ in range(MOST_REDIRECTS + 1):
        # as the file is: a body that the server packed would be counted packed, and could unpack to anything
        headers = {"Accept-Encoding": "identity"}
        response = session.get(url, stream=True, timeout=PATIENCE, allow_redirects=False, headers=headers)
        if not response.is_redirect:
            response.raise_for_status()
            return response
        target = urljoin(url, response.headers["location"])
        response.close()
        if urlsplit(target).scheme != "https" and urlsplit(url).scheme == "https":
            raise DownloadError(f"it leads to {target[:80]}, which is not https")
        url = target
    raise DownloadError(f"it leads on more than {MOST_REDIRECTS} times")


def fetch(url: str, name: str, folder: Path, sha256: str, downloader: BoundedDownload) -> Path:
    """Return the path of a file in `folder`, downloaded under `name` unless it is there with the right checksum.

    Raises what `pooch`, the transport or the downloader raise.
    """
    import pooch

    pooch.get_logger().setLevel("ERROR")
    return Path(pooch.retrieve(url, f"sha256:{sha256}", fname=name, path=folder, downloader=downloader))
