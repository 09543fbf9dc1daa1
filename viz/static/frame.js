// The frame that a notebook shows a page in: its height, the image it takes the place of, the notebook's theme.

/** Return the element that this page is framed by; null where there is none, or where it is out of reach. */
function frame() {
  try {
    return window.frameElement;
  } catch {
    return null;
  }
}

/** Return "dark" or "light" where the page around this one says which it is painted in: JupyterLab and nbconvert, VS Code,
 * Colab, Sphinx. */
function themeOf({ body, documentElement: html }) {
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false" ? "dark" : "light";
  if (body.dataset.vscodeThemeKind) return body.dataset.vscodeThemeKind.includes("light") ? "light" : "dark";
  const told = [body.dataset.theme, html.dataset.theme, html.getAttribute("theme")];
  return told.find((theme) => theme === "dark" || theme === "light");
}

/** Follow the theme of the page around this one, where it tells; otherwise the style sheet asks the system. */
function followTheme(host) {
  const root = document.documentElement;
  if (root.dataset.theme) return;
  const read = () => {
    const theme = themeOf(host);
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  read();
  const watch = new MutationObserver(read);
  const attributeFilter = ["data-jp-theme-light", "data-vscode-theme-kind", "data-theme", "theme"];
  for (const element of [host.body, host.documentElement]) watch.observe(element, { attributeFilter });
}

let follows = false;

/** Give the frame a height, as often as that changes, and take the image before it away. A page of its own is left as it is. */
export function settle(height) {
  const element = frame();
  if (!element) return;
  element.style.height = `${height}px`;
  const image = element.previousElementSibling;
  if (image?.tagName === "IMG") image.remove();
  if (!follows) followTheme(element.ownerDocument);
  follows = true;
}

/** Tell whether this page stands in a notebook. */
export function isFramed() {
  return frame() !== null;
}
