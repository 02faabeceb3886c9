"""LOW_CONTRAST, a script for a page in a browser: it returns the elements whose text has too little contrast."""

# WCAG 2 AA wants 4.5 to 1 between a text and the background behind it.
LOW_CONTRAST = """() => {
  const luminance = colour => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
      .map(part => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * parts[0] + .7152 * parts[1] + .0722 * parts[2];
  };
  const background = element => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (!colour.endsWith(", 0)")) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const low = [];
  for (const element of document.querySelectorAll("body *:not(script):not(style)")) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())) continue;
    const style = getComputedStyle(element), colour = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [luminance(colour), luminance(background(element))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) low.push(element.tagName + "." + element.getAttribute("class"));
  }
  return low;
}"""
