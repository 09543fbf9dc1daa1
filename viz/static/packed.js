// The data of a page, which is compressed where it is large.

/** Return what the page holds in its element `data`. */
export async function readData() {
  const data = JSON.parse(document.getElementById("data").textContent);
  if (!data.packed) return data;
  const bytes = Uint8Array.from(atob(data.packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}
