// The frame that a notebook shows a page in: its height, the image it takes the place of, the notebook's theme.

/** Return the element that this page is framed by; null where there is none, or where it is out of reach. */
function frame() {
  try {
    return window.frameElement;
  } catch {
    return null;
  }
}

/** Follow the theme of the notebook, where it tells; otherwise the style sheet asks the system. */
function followTheme(host) {
  const root = document.documentElement;
  if (root.dataset.theme) return;
  const read = () => {
    const isLight = host.body?.dataset.jpThemeLight;
    if (isLight === undefined) delete root.dataset.theme;
    else root.dataset.theme = isLight === "false" ? "dark" : "light";
  };
  read();
  new MutationObserver(read).observe(host.body, { attributeFilter: ["data-jp-theme-light"] });
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
