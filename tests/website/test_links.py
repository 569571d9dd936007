"""The check of the built site sees what is broken, and what a page would fetch from elsewhere."""

from website.links import broken, fetched_elsewhere, pages


def site(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text)
    return pages(folder)


def test_a_broken_link_and_a_missing_anchor_are_seen(tmp_path):
    found = site(
        tmp_path, a='<a href="gone.html">x</a><a href="b.html#no">y</a><a href="b.html#yes">z</a>', b='<p id="yes">'
    )

    assert [link for _, link in broken(found)] == ["gone.html", "b.html#no"]


def test_addresses_of_other_sites_are_links_and_not_broken(tmp_path):
    found = site(tmp_path, a='<a href="https://example.org">x</a><a href="mailto:x">y</a>')

    assert [*broken(found)] == []
    assert [*fetched_elsewhere(found)] == []


def test_what_a_browser_would_fetch_elsewhere_is_seen(tmp_path):
    found = site(
        tmp_path,
        a='<script src="https://x/a.js"></script><link rel="stylesheet" href="//x/a.css"><img src="data:image/png,">',
    )

    assert [link for _, link in fetched_elsewhere(found)] == ["https://x/a.js", "//x/a.css"]
