"""The report that is served while a run trains: for this machine alone, and new when the run is."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from gan_core.errors import UsageError
from gan_core.reports.watching import HOST, WatchedRuns, server
from gan_core.reports.words import read_words
from stored_run import healthy_rows, lines, sheet, write_run


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "run", rows=healthy_rows()[:5], sheets=0, done=False)


@pytest.fixture
def port(run) -> Iterator[int]:
    with server(WatchedRuns([run], read_words("en"), largest_share=1000.0), 0) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield serving.server_address[1]
        serving.shutdown()
        thread.join()


def asked(port: int, path: str, host: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer.status, answer.read().decode("utf-8")


def test_the_page_follows_the_run(run, port):
    before = asked(port, "/state"), asked(port, "/")[1]
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(lines(healthy_rows()[5:6]))
    sheet(7).save(run / "samples" / "step-0000060.png")
    after = asked(port, "/state"), asked(port, "/page")[1]

    assert before[0] != after[0]
    assert "60 of 400" in after[1]
    assert "60 of 400" not in before[1]


def test_the_state_stays_while_nothing_happens(port):
    assert asked(port, "/state") == asked(port, "/state")


def test_news_wait_where_a_page_takes_long(run):
    watched = WatchedRuns([run], read_words("en"), largest_share=1e-6)
    before = watched.news(), watched.page(), watched.news()
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(lines(healthy_rows()[5:6]))

    assert before[0] == before[2] == watched.news()


def test_nothing_is_written_into_the_run(run, port):
    before = sorted(path for path in run.rglob("*"))
    asked(port, "/")

    assert sorted(path for path in run.rglob("*")) == before


def test_another_site_cannot_ask(port):
    assert asked(port, "/", "example.org:80")[0] == 403


def test_there_is_nothing_else(port):
    assert asked(port, "/../run/experiment.toml")[0] == 404


def test_a_run_that_is_gone_is_a_line(run, port):
    run.rename(run.with_name("moved"))

    status, text = asked(port, "/")
    assert status == 503
    assert "is no run directory" in text


def test_a_port_that_is_taken_is_one_line(run):
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port={number}: address already in use"):
            server(WatchedRuns([run], read_words("en")), number)


@pytest.mark.slow
def test_interrupting_ends_it_quietly(run):
    command = [sys.executable, "-m", "gan_core", "report", "--watch", str(run), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr
        first = process.stderr.readline()
        asked(int(first.partition("127.0.0.1:")[2].partition("/")[0]), "/state")
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=60)

    assert first.startswith("the report is at http://127.0.0.1:")
    assert (process.returncode, out, rest) == (0, "", "the report is not served any more; the run goes on\n")
