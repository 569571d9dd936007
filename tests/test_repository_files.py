"""What hosts and tools read of the repository is valid, and speaks of what there is."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").rglob("action.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
YAML = sorted([*GITHUB.rglob("*.yml"), ROOT / ".pre-commit-config.yaml", ROOT / "CITATION.cff"])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


class UniqueKeys(yaml.SafeLoader):
    """A loader that refuses a key which stands twice in one table."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key stands twice: {keys}"
        return super().construct_mapping(node, deep)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def read(path: Path) -> dict[Any, Any]:
    return yaml.load(path.read_text(encoding="utf-8"), UniqueKeys)  # noqa: S506  (a SafeLoader)


def steps(path: Path) -> list[dict[str, Any]]:
    content = read(path)
    jobs = content["jobs"].values() if "jobs" in content else [content["runs"]]
    return [step for job in jobs for step in job["steps"]]


def pinned(constraints: str) -> dict[str, str]:
    """Return name → version of lines such as ``ruff==0.17.6``, names in small letters with hyphens."""
    found = re.findall(r"^([\w.-]+)==([\w.]+)", constraints, flags=re.MULTILINE)
    return {re.sub(r"[_.]", "-", name.lower()): version for name, version in found}


@pytest.mark.parametrize("path", YAML, ids=relative)
def test_it_is_yaml_with_each_key_once(path: Path) -> None:
    assert isinstance(read(path), dict)


@pytest.mark.parametrize("path", WORKFLOWS, ids=relative)
def test_a_workflow_says_when_what_and_with_which_rights(path: Path) -> None:
    content = read(path)

    assert content[True]  # YAML 1.1 reads the key `on` as true
    assert content["permissions"] == {"contents": "read"}
    for job in content["jobs"].values():
        assert job["runs-on"]
        assert job["timeout-minutes"] <= 60
        assert all(("run" in step) != ("uses" in step) for step in job["steps"])


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=relative)
def test_an_action_is_taken_at_a_version_or_from_here(path: Path) -> None:
    for step in steps(path):
        used = step.get("uses", "./.github")
        assert re.search(r"@v\d+$", used) or (ROOT / used).is_dir(), used


@pytest.mark.parametrize("path", WORKFLOWS, ids=relative)
def test_a_workflow_makes_targets_and_runs_tests_that_exist(path: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    commands = "\n".join(step.get("run", "") for step in steps(path))
    assert set(re.findall(r"make ([\w-]+)", commands)) <= targets
    assert [name for name in re.findall(r"tests/[\w./]+", commands) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=relative)
def test_every_backend_has_its_job_and_none_ends_the_others(path: Path) -> None:
    matrices = [job["strategy"] for job in read(path)["jobs"].values() if "strategy" in job]
    backends = [strategy for strategy in matrices if "backend" in strategy["matrix"]]
    assert all(strategy["fail-fast"] is False for strategy in matrices)
    assert [set(strategy["matrix"]["backend"]) for strategy in backends] == [{"torch", "paddle", "keras"}]


def test_the_core_is_tested_on_every_python_that_the_project_names() -> None:
    versions = read(GITHUB / "workflows" / "ci.yml")["jobs"]["core"]["strategy"]["matrix"]["python-version"]
    named = [word.rpartition(" ")[2] for word in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", word)]
    assert versions == named
    assert PROJECT["requires-python"] == f">={versions[0]}"


@pytest.mark.parametrize("path", FORMS, ids=relative)
def test_an_issue_form_asks_something_under_names_of_its_own(path: Path) -> None:
    form = read(path)
    fields = form["body"]

    assert form["name"]
    assert form["description"]
    assert all(field["type"] in {"textarea", "input", "dropdown", "checkboxes", "markdown"} for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_the_citation_is_of_this_project_and_version() -> None:
    citation = read(ROOT / "CITATION.cff")

    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert all(citation[key] for key in ("message", "title", "authors"))
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])


def test_every_hook_has_a_name_and_every_foreign_one_a_version() -> None:
    for repository in read(ROOT / ".pre-commit-config.yaml")["repos"]:
        assert repository["repo"] == "local" or re.fullmatch(r"v\d+\.\d+\.\d+", repository["rev"])
        assert all(hook["id"] for hook in repository["hooks"])


def test_all_that_the_project_asks_for_is_pinned_and_locked() -> None:
    """`make` installs requirements.lock, and by version alone torch, of which each platform has another build."""
    asked = [*PROJECT["dependencies"], *(name for extra in PROJECT["optional-dependencies"].values() for name in extra)]
    names = {re.match(r"[\w-]+", line)[0].lower() for line in asked} - {PROJECT["name"]}
    constraints = pinned((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    locked = pinned((ROOT / "requirements.lock").read_text(encoding="utf-8"))

    assert names <= set(constraints)
    assert {name: version for name, version in constraints.items() if name != "torch"} == locked
