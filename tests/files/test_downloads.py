"""Downloads from a server of our own: whole, endless, slow, too long, and led elsewhere. None fills a disk or hangs."""

import contextlib
import gzip
import hashlib
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from gan_core.data import cifar, idx
from gan_core.data.places import downloaded
from gan_core.errors import DataError
from gan_core.features import addressed_files
from gan_core.files.downloads import BoundedDownload, DownloadError, Published, _opened, fetch

CONTENT = bytes(range(256)) * 40
SUM = hashlib.sha256(CONTENT).hexdigest()
NO_ROOM = 200  # KiB that an endless body sends before the test calls it endless


class Handler(BaseHTTPRequestHandler):
    """Sends what the path asks for."""

    def do_GET(self) -> None:
        with contextlib.suppress(ConnectionError):
            getattr(self, self.path.strip("/").partition(".")[0])()

    def whole(self, body: bytes = CONTENT, length: int | None = None, encoding: str | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(body)

    def packed(self) -> None:
        self.whole(gzip.compress(CONTENT), encoding="gzip")

    def boastful(self) -> None:
        self.whole(length=2**50)

    def endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(NO_ROOM):
            self.wfile.write(bytes(1024))

    def slow(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(50):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.1)

    def around(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/around")
        self.end_headers()

    def onwards(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/whole")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as standing:
        Thread(target=standing.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{standing.server_port}/"
        standing.shutdown()


@pytest.mark.parametrize("name", ["whole", "onwards"])
def test_a_file_comes_whole(server, tmp_path, name):
    path = fetch(f"{server}{name}", "file.bin", tmp_path, SUM, BoundedDownload(len(CONTENT)))

    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("endless", "it sends more than 10,240 bytes"),
        ("boastful", "it says that it is 1,125,899,906,842,624 bytes; expected 10,240 bytes"),
        ("around", "it leads on more than 5 times"),
        ("packed", "does not match the known hash"),
        ("absent", "."),
    ],
)
def test_what_is_no_such_file_is_given_up(server, tmp_path, name, reason):
    with pytest.raises(DataError) as caught:
        downloaded(server, name, Published(len(CONTENT), SUM), tmp_path, "it was not found")

    assert reason in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(server, tmp_path):
    """Each byte comes in time, the whole never would."""
    start = time.monotonic()
    with pytest.raises(DownloadError, match="not done after 0 s"):
        fetch(f"{server}slow", "file.bin", tmp_path, SUM, BoundedDownload(len(CONTENT), seconds=0.4))

    assert time.monotonic() - start < 4
    assert list(tmp_path.iterdir()) == []


class Leading:
    """A session whose every response leads to one place."""

    def __init__(self, target: str) -> None:
        self.target, self.asked = target, []

    def get(self, url: str, **options: object) -> "Leading":
        assert options["allow_redirects"] is False
        self.asked.append(url)
        return self

    @property
    def is_redirect(self) -> bool:
        return len(self.asked) == 1

    @property
    def headers(self) -> dict[str, str]:
        return {"location": self.target}

    def close(self) -> None:
        """Nothing."""

    raise_for_status = close


def test_an_encrypted_line_does_not_lead_to_an_open_one():
    session = Leading("http://example.org/file")

    with pytest.raises(DownloadError, match=r"leads to http://example\.org/file, which is not https"):
        _opened(session, "https://example.org/file")
    assert session.asked == ["https://example.org/file"]
    there = Leading("/other")
    _opened(there, "https://example.org/file")
    assert there.asked == ["https://example.org/file", "https://example.org/other"]


def test_every_published_file_comes_over_an_encrypted_line_with_its_size_and_sha256():
    assert all(url.startswith("https://") for url in (idx.MNIST_URL, idx.FASHION_URL, cifar.URL))
    files = [*idx.MNIST_PUBLISHED.values(), *idx.FASHION_PUBLISHED.values(), cifar.PUBLISHED]
    assert all(len(file.sha256) == 64 and 0 < file.size < 2**28 for file in files)
    assert idx.MNIST_PUBLISHED.keys() == idx.MNIST_MD5.keys()
    assert idx.FASHION_PUBLISHED.keys() == idx.FASHION_MD5.keys()


def test_the_sums_are_those_of_the_published_digits(data_dir):
    for stem, published in idx.MNIST_PUBLISHED.items():
        raw = (Path(data_dir) / "mnist" / f"{stem}.gz").read_bytes()
        assert (len(raw), hashlib.sha256(raw).hexdigest()) == published


def test_a_network_file_of_any_size_is_bounded_too():
    assert addressed_files.LARGEST_FILE_BYTES <= 2**31
    assert addressed_files.DOWNLOAD_SECONDS <= 3600
