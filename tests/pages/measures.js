// Measures of a page for tests/pages/page_checks.py: each function returns a list of defects in words.
(() => {
  const TOLERANCE = 1; // pixels
  const SMALLEST_TEXT = 12; // pixels
  const LEAST_CONTRAST = 3; // of a mark with its ground, WCAG 2, 1.4.11
  const READABLE_CONTRAST = 4.5; // of a text with its ground, 1.4.3

  const nameOf = (element) => {
    const id = element.id && `#${element.id}`;
    const classes = [...element.classList].map((name) => `.${name}`).join("");
    return `<${element.localName}${id}${classes}>`;
  };
  const excerpt = (text) => `"${text.trim().replace(/\s+/g, " ").slice(0, 40)}"`;
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const all = (selector, from = document.body) => [...from.querySelectorAll(selector)].filter(isShown);
  const styleOf = (element) => getComputedStyle(element);
  // Hidden from eyes, read by screen readers: clipped to a pixel, or moved off the page.
  const isSeen = ({ left, right, top, bottom }) => right - left > 2 && bottom - top > 2 && right > 0 && bottom + scrollY > 0;

  // --- overflow

  function scrollsSideways(element) {
    for (let each = element.parentElement; each && each !== document.body; each = each.parentElement) {
      if (styleOf(each).overflowX !== "visible") return true;
    }
    return false;
  }

  function overflow() {
    const root = document.documentElement;
    const defects = [];
    if (root.scrollWidth > innerWidth) defects.push(`the page is ${root.scrollWidth} pixels wide, the window ${innerWidth}`);
    for (const element of all("*")) {
      const box = element.getBoundingClientRect();
      if (box.right > innerWidth + TOLERANCE && isSeen(box) && !scrollsSideways(element)) {
        defects.push(`${nameOf(element)} ends at ${Math.round(box.right)} of ${innerWidth} pixels`);
      }
    }
    return defects;
  }

  // --- size of text

  function textNodes() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const isText = walker.currentNode.textContent.trim() && !element.closest("script, style, template, noscript, option");
      if (isText && isShown(element) && isSeen(element.getBoundingClientRect())) nodes.push(walker.currentNode);
    }
    return nodes;
  }

  function sizeOf(element) {
    const size = parseFloat(styleOf(element).fontSize);
    const scale = element.getScreenCTM?.(); // an SVG picture that is scaled down
    return scale ? size * Math.hypot(scale.b, scale.d) : size;
  }

  function smallText() {
    return textNodes()
      .map((node) => [sizeOf(node.parentElement), node])
      .filter(([size]) => size < SMALLEST_TEXT - 0.05)
      .map(([size, node]) => `${excerpt(node.textContent)} in ${nameOf(node.parentElement)} has ${size.toFixed(1)} pixels`);
  }

  // --- texts of pictures

  function cutTexts() {
    return all("svg text").filter((text) => {
      const picture = text.ownerSVGElement;
      if (styleOf(picture).overflow === "visible") return false;
      const [inner, outer] = [text.getBoundingClientRect(), picture.getBoundingClientRect()];
      return (
        inner.left < outer.left - TOLERANCE || inner.right > outer.right + TOLERANCE ||
        inner.top < outer.top - 2 * TOLERANCE || inner.bottom > outer.bottom + 2 * TOLERANCE
      );
    }).map((text) => `${excerpt(text.textContent)} is cut off by its picture`);
  }

  function overlap(a, b) {
    const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return width > 2 && height > 4; // a line box is higher than its letters
  }

  function collidingTexts() {
    return all("svg").flatMap((picture) => {
      const texts = all("text", picture).map((text) => [text.textContent, text.getBoundingClientRect()]).filter(([text, box]) => text.trim() && isSeen(box));
      return texts.flatMap(([text, box], index) =>
        texts.slice(index + 1).filter(([, other]) => overlap(box, other)).map(([other]) => `${excerpt(text)} covers ${excerpt(other)}`));
    });
  }

  // --- marks: shapes of pictures, and elements that show something by their colour alone

  function luminance(colour) {
    const [red, green, blue] = colour.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

  const paints = new Map(); // reading a pixel is slow

  function paint(colour, opacity, ground) {
    if (!colour || ["none", "transparent", "context-fill"].includes(colour)) return ground;
    const key = `${colour} ${opacity} ${ground}`;
    if (!paints.has(key)) paints.set(key, painted(colour, opacity, ground));
    return paints.get(key);
  }

  function painted(colour, opacity, ground) {
    canvas.globalAlpha = 1;
    canvas.fillStyle = `rgb(${ground})`;
    canvas.fillRect(0, 0, 1, 1);
    canvas.globalAlpha = opacity;
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  }

  function groundOf(element) {
    if (!element) return painted("Canvas", 1, [255, 255, 255]);
    return paint(styleOf(element).backgroundColor, 1, groundOf(element.parentElement));
  }

  function contrast(one, other) {
    const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  }

  function coloursOf(element) {
    const style = styleOf(element);
    if (element instanceof SVGElement) {
      return [[style.fill, style.fillOpacity], [parseFloat(style.strokeWidth) && style.stroke, style.strokeOpacity]];
    }
    const borders = ["Top", "Right", "Bottom", "Left"].filter((side) => parseFloat(style[`border${side}Width`]));
    return [style.backgroundColor, ...borders.map((side) => style[`border${side}Color`])].map((colour) => [colour, 1]);
  }

  const SHAPES = "svg :is(rect, circle, ellipse, line, path, polyline, polygon)";
  const isEmptyBox = (element) => element instanceof HTMLElement && !element.textContent.trim() && !element.querySelector("*") &&
    !element.matches("input, select, textarea, button, progress, meter, img, hr, br, canvas, video");

  /** Whether each mark stands out from its ground, in the order of the document. */
  function marks() {
    const elements = [...document.body.querySelectorAll("*")].filter((each) => isShown(each) && (each.matches(SHAPES) || isEmptyBox(each)));
    return elements.map((element) => {
      const ground = groundOf(element.closest("svg")?.parentElement ?? element.parentElement);
      const opacity = Number(styleOf(element).opacity);
      const shown = coloursOf(element).map(([colour, share]) => paint(colour, opacity * share, ground));
      return { name: nameOf(element), visible: shown.some((colour) => contrast(colour, ground) >= LEAST_CONTRAST) };
    });
  }

  /** Texts without contrast in forced colours. There axe-core reads -webkit-text-fill-color, which is not forced. */
  function paleTexts() {
    return textNodes().filter(({ parentElement: element }) => {
      const ground = groundOf(element.closest("svg")?.parentElement ?? element);
      const { color, fill } = styleOf(element);
      const shown = paint(element instanceof SVGElement ? fill : color, 1, ground);
      return !element.closest(":disabled, [aria-disabled=true]") && contrast(shown, ground) < READABLE_CONTRAST;
    }).map((node) => `${excerpt(node.textContent)} in ${nameOf(node.parentElement)} cannot be read in forced colours`);
  }

  // --- focus

  function coveredPart(element) {
    const box = element.getClientRects()[0] ?? element.getBoundingClientRect();
    const inset = Math.min(4, box.width / 4, box.height / 4);
    const points = [
      [box.left + box.width / 2, box.top + box.height / 2],
      ...[box.left + inset, box.right - inset].flatMap((x) => [box.top + inset, box.bottom - inset].map((y) => [x, y])),
    ];
    return points.find(([x, y]) => {
      if (x < 0 || x > innerWidth || y < 0 || y > innerHeight) return box.width <= innerWidth && box.height <= innerHeight;
      const top = document.elementFromPoint(x, y);
      if (!top) return true;
      const isOwn = element.contains(top) || top.contains(element) || [...(element.labels ?? [])].some((label) => label.contains(top));
      return !isOwn;
    });
  }

  const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const reached = new WeakSet();
  // Of tabs and of radio buttons, Tab reaches one; the arrow keys reach the others.
  const isGrouped = (element) => element.matches("[role=tab], [type=radio]");

  /** The controls that the focus did not reach since the page was loaded. */
  function unreached(repeated) {
    return all(CONTROLS)
      .filter((each) => !(repeated && each.matches(repeated)) && !reached.has(each) && !each.matches(":disabled, [type=hidden]") && !isGrouped(each) && isSeen(each.getBoundingClientRect()))
      .map((each) => `${nameOf(each)} ${excerpt(each.textContent)} cannot be reached by Tab`);
  }

  /** What is wrong with the element that has the focus: it is covered, or its focus cannot be seen. */
  function focus() {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    reached.add(element);
    const name = `${nameOf(element)} ${excerpt(element.labels?.[0]?.textContent || element.getAttribute("aria-label") || element.textContent)}`;
    const covered = coveredPart(element);
    const style = styleOf(element);
    const isMarked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    const defects = [];
    if (covered) defects.push(`${name} is covered or outside the window when it has the focus`);
    if (!isMarked) defects.push(`${name} does not show that it has the focus`);
    return { name, defects };
  }

  window.pageMeasures = { overflow, smallText, cutTexts, collidingTexts, marks, paleTexts, focus, unreached };
})();
