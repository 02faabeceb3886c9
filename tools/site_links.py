"""Hook of ProperDocs (properdocs.yml): the README is the first page, links out of docs/ lead to the repository."""

import posixpath
import re
from pathlib import Path
from typing import Any

LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def for_site(text: str, folder: str, repository: str | None) -> str:
    """Return Markdown of a file in `folder` ("" or "docs") with links as a site made of docs/ needs them.

    A link to a file in docs/ stays one within the site; one to any other file of the project leads to `repository`, the
    address of the project on the web, or becomes plain text where there is none. A picture outside docs/ likewise.
    """

    def moved(found: re.Match[str]) -> str:
        picture, words, target = found.groups()
        words = LINK.sub(moved, words)  # a picture that is a link
        path, mark, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return f"{picture}[{words}]({target})"
        place = posixpath.normpath(posixpath.join(folder, path))
        if place.startswith("docs/"):
            return f"{picture}[{words}]({place.removeprefix('docs/')}{mark}{anchor})"
        if place == "README.md":
            return f"[{words}](index.md{mark}{anchor})"
        if repository is None or place.startswith(".."):
            return "" if picture else words
        return f"{picture}[{words}]({repository}/{'raw' if picture else 'blob'}/main/{place}{mark}{anchor})"

    text = LINK.sub(moved, text)
    return re.sub(r'((?:src|srcset)=")docs/', r"\1", text) if folder == "" else text


def on_files(files: Any, config: Any) -> Any:
    """Add the README as index.md."""
    from properdocs.structure.files import File

    text = Path(config["config_file_path"]).with_name("README.md").read_text(encoding="utf-8")
    files.append(File.generated(config, "index.md", content=for_site(text, "", config["repo_url"])))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Return a page of docs/ with its links for the site."""
    if page.file.src_uri == "index.md":
        return markdown
    return for_site(markdown, "docs", config["repo_url"])
