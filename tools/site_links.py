"""Hook of ProperDocs (properdocs.yml): READMEs are pages too, their pictures come along, other links leave the site."""

import posixpath
import re
from pathlib import Path
from typing import Any

LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def page_of(place: str) -> str | None:
    """Return where a file of the project is in the site, None where it is not in it."""
    if place == "README.md":
        return "index.md"
    if recipe := re.fullmatch(r"recipes/(\w+)/README\.md", place):
        return f"recipes/{recipe[1]}.md"
    return place.removeprefix("docs/") if place.startswith("docs/") else None


def for_site(text: str, source: str, repository: str | None) -> str:
    """Return Markdown of the file `source` of the project with links as the site needs them.

    A link to a file of the site stays within it, and so does a picture of the project; a link to any other file leads
    to `repository`, the address of the project on the web, or becomes plain text where there is none.
    """
    folder, here = posixpath.dirname(source), posixpath.dirname(page_of(source) or "")

    def moved(found: re.Match[str]) -> str:
        picture, words, target = found.groups()
        words = LINK.sub(moved, words)  # a picture that is a link
        path, mark, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return f"{picture}[{words}]({target})"
        place = posixpath.normpath(posixpath.join(folder, path))
        inside = not place.startswith("..")
        if page := page_of(place) or (place if picture and inside else None):
            return f"{picture}[{words}]({posixpath.relpath(page, here or '.')}{mark}{anchor})"
        if picture:
            return ""
        return f"[{words}]({repository}/blob/main/{place}{mark}{anchor})" if repository and inside else words

    text = LINK.sub(moved, text)
    return re.sub(r'((?:src|srcset)=")docs/', r"\1", text) if folder == "" else text


def slug(words: str, separator: str) -> str:
    """Return the anchor of a heading; one that begins with a digit, like a date, would break the theme's script."""
    from markdown.extensions.toc import slugify

    return re.sub(r"^(?=\d)", "on-", slugify(words, separator))


def on_config(config: Any) -> Any:
    """Make anchors with `slug`."""
    config["mdx_configs"].setdefault("toc", {})["slugify"] = slug
    return config


def pictures(text: str, source: str) -> set[str]:
    """Return the pictures outside docs/ that Markdown of the file `source` shows."""
    names = re.findall(r"!\[[^\]]*\]\(([^)\s:]+)\)", text)
    places = {posixpath.normpath(posixpath.join(posixpath.dirname(source), name)) for name in names}
    return {place for place in places if not place.startswith(("..", "docs/"))}


def on_files(files: Any, config: Any) -> Any:
    """Add the READMEs of the project and of the recipes, and the pictures outside docs/."""
    from properdocs.structure.files import File

    root = Path(config["config_file_path"]).parent
    shown: set[str] = set()
    for path in (root / "README.md", *root.glob("recipes/*/README.md"), *root.glob("docs/*.md")):
        source, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        shown |= pictures(text, source)
        if not source.startswith("docs/"):
            content = for_site(text, source, config["repo_url"])
            files.append(File.generated(config, page_of(source), content=content))
    for place in sorted(shown):
        files.append(File.generated(config, place, abs_src_path=str(root / place)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Return a page of docs/ with its links for the site."""
    if page.file.generated_by:
        return markdown
    return for_site(markdown, f"docs/{page.file.src_uri}", config["repo_url"])
