"""A site that is opened from the disk can be searched there, and asks the network for nothing."""

import shutil

import pytest
import yaml

from website.staging import ASSETS, ROOT

pytestmark = pytest.mark.slow  # a site is built, and a browser started


@pytest.fixture
def site(tmp_path):
    """Two pages, built with the project's theme, search and assets."""
    commands = pytest.importorskip("mkdocs.commands.build", reason="mkdocs is not installed")
    from mkdocs.config import load_config

    class Loader(yaml.SafeLoader):
        """Reads mkdocs.yml, but for the function that it names."""

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    own = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader)  # noqa: S506  (a SafeLoader)
    docs = tmp_path / "docs"
    shutil.copytree(ASSETS, docs / "assets")
    (docs / "index.md").write_text("# First\n\nNothing here.\n")
    (docs / "second.md").write_text("# Second\n\nThe critic of a Wasserstein game.\n")
    plugins = [plugin for plugin in own["plugins"] if "mkdocstrings" not in plugin]
    small = {key: own[key] for key in ("site_name", "use_directory_urls", "theme", "extra")}
    small |= {"docs_dir": str(docs), "site_dir": str(tmp_path / "site"), "plugins": plugins}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(small))
    config = load_config(str(tmp_path / "mkdocs.yml"))
    config.plugins.on_startup(command="build", dirty=False)
    commands.build(config)
    return tmp_path / "site"


def test_the_search_works_from_the_disk(browser, site):
    page = browser.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "index.html").as_uri())
    page.locator("[data-md-component=search-query]").click()
    page.locator("[data-md-component=search-query]").press_sequentially("wasserstein")
    page.wait_for_selector(".md-search-result__item")

    assert "second.html" in page.locator(".md-search-result__link").first.get_attribute("href")
    assert said == []
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []
