"""Interactive pages: one file that holds its picture, its script, its style and its data, and loads nothing.

In a notebook the picture comes first, as an image that every viewer shows, then a frame of no height with the page in
it. Where scripts run, the page gives its frame a height and takes the image away; where they do not, the image stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from .theme import DARK, LIGHT, Theme

__all__ = ["VARIABLES", "data_url", "document", "framed", "json_text", "packed", "static"]


def _names(theme: Theme) -> Iterator[tuple[str, str]]:
    """Yield the name of a custom property for each colour of a theme."""
    for entry in fields(theme):
        name, value = entry.name.replace("_", "-"), getattr(theme, entry.name)
        if isinstance(value, str):
            yield f"--{name}", value
        elif isinstance(value, Mapping):
            yield from ((f"--{name}-{key}", colour) for key, colour in value.items())
        else:
            yield from ((f"--{name}-{number}", colour) for number, colour in enumerate(value))


def _reference(name: str, value: Any) -> Any:
    name = f"--{name.replace('_', '-')}"
    if isinstance(value, str):
        return f"var({name})"
    if isinstance(value, Mapping):
        return MappingProxyType({key: f"var({name}-{key})" for key in value})
    return tuple(f"var({name}-{number})" for number in range(len(value)))


VARIABLES = Theme(**{entry.name: _reference(entry.name, getattr(LIGHT, entry.name)) for entry in fields(LIGHT)})
"""The theme of a picture within a page, where every colour is a custom property and so follows the page's."""


def document(
    title: str, body: str, *, styles: tuple[str, ...], scripts: tuple[str, ...], data: Any, theme: str = "auto"
) -> str:
    """Return a page that needs nothing but itself.

    Args:
        title: The title, as plain text.
        body: The body, as HTML.
        styles: The names of style sheets in ``viz/static``.
        scripts: The names of script modules there, those that others import before them.
        data: What the scripts find as JSON in the element ``data``.
        theme: ``"light"``, ``"dark"``, or ``"auto"`` for what the notebook or the system prefers.

    >>> page = document("</title>", "<p>", styles=(), scripts=(), data="</script>", theme="dark")
    >>> page.count("</title>"), page.count("</script>"), ' data-theme="dark"' in page
    (1, 2, True)
    """
    from html import escape

    fixed = "" if theme == "auto" else f' data-theme="{theme}"'
    return (
        f'<!DOCTYPE html>\n<html lang="en"{fixed}>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_colours()}{''.join(map(static, styles))}</style>\n</head>\n"
        f'<body>\n{body}\n<script type="application/json" id="data">{json_text(data)}</script>\n'
        f'<script type="module">\n{_module(scripts)}</script>\n</body>\n</html>\n'
    )


def framed(svg: str, page: str, alternative: str) -> str:
    """Return what a notebook shows of a page: the picture, and a frame that grows over it.

    Args:
        svg: The picture.
        page: The page, as :func:`document` returns it.
        alternative: The picture in words.

    >>> html = framed("<svg/>", '<p title="x">', "a graph")
    >>> html.startswith('<img src="data:image/svg+xml;base64,'), '<p title=&quot;x&quot;>' in html
    (True, True)
    """
    from html import escape

    inside = page.replace("&", "&amp;").replace('"', "&quot;")
    return (
        f'<img src="{data_url(svg)}" alt="{escape(alternative)}">'
        f'<iframe width="100%" height="0" frameborder="0" title="{escape(alternative)}" srcdoc="{inside}"></iframe>'
    )


def data_url(svg: str) -> str:
    """Return a picture as an address that holds it.

    >>> data_url("<svg/>")
    'data:image/svg+xml;base64,PHN2Zy8+'
    """
    from base64 import b64encode

    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode('ascii')}"


def json_text(data: Any) -> str:
    r"""Write JSON that nothing in it can lead out of a script element.

    >>> print(json_text(["</script>", "\u2028"]))
    ["\u003c/script>","\u2028"]
    """
    from json import dumps

    text = dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()  # halves of pairs, which no encoding can write
    return text


def packed(data: Any) -> Any:
    """Compress data that is large; ``packed.js`` reads either.

    >>> packed([1, 2]), list(packed([0] * 100_000))
    ([1, 2], ['packed'])
    """
    from base64 import b64encode
    from zlib import compress

    text = json_text(data)
    if len(text) <= _PACKED_FROM:
        return data
    return {"packed": b64encode(compress(text.encode(), 9)).decode("ascii")}


_PACKED_FROM = 64 * 1024
"""So many characters are left as they are."""


def _colours() -> str:
    light, dark = (";".join(f"{name}:{value}" for name, value in _names(theme)) for theme in (LIGHT, DARK))
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media(prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}\n"
        f":root[data-theme=light]{{color-scheme:light;{light}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
    )


def _module(scripts: tuple[str, ...]) -> str:
    """Return modules as one: in the order of their imports, each but the last in a scope of its own."""
    import re

    imports = re.compile(r"^import\b[^;]*;\n", re.MULTILINE)
    exports = re.compile(r"^export (?=(?:async )?(?:function\*?|const|let|class) (\w+))", re.MULTILINE)
    modules = []
    for name in scripts:
        text = imports.sub("", static(name))
        names, text = exports.findall(text), exports.sub("", text)
        if name != scripts[-1]:
            public = ", ".join(names)
            text = f"const {{ {public} }} = (() => {{\n{text}return {{ {public} }};\n}})();\n"
        modules.append(text)
    return "".join(modules)


def static(name: str) -> str:
    """Read a file that comes with the package."""
    from importlib.resources import files

    return (files(__package__) / "static" / name).read_text(encoding="utf-8")
