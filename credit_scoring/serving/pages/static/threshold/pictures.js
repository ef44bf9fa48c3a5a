// Draws the pictures of the page, as pages/threshold/pictures.py does on the server.
import { fill } from "../shared.js";
import { number, percent, tickDecimals } from "./notation.js";
import { nearest, outcomes, theoretical } from "./outcomes.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGINS = { wide: { left: 64, right: 14, top: 66, bottom: 44 }, narrow: { left: 62, right: 10, top: 66, bottom: 44 } };
const TICKS = 4;
const ROUND_STEPS = [1, 2, 2.5, 5, 10];
const ROUNDING = 1e-9; // of a step

/** A vertical scale with round steps that holds low and high. */
export function roundScale(low, high) {
  const span = high - low || Math.abs(high) || 1;
  const magnitude = 10 ** Math.floor(Math.log10(span / TICKS));
  const step = ROUND_STEPS.map((factor) => factor * magnitude).find((step) => step * TICKS >= span * (1 - ROUNDING)) ?? span;
  const bottom = Math.floor(low / step + ROUNDING) * step;
  const top = Math.max(Math.ceil(high / step - ROUNDING) * step, bottom + step);
  const ticks = Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, index) => bottom + index * step);
  return { low: bottom, high: top, ticks };
}

/** The size of a drawing and its scales; `valueAt` is the inverse of `x`. */
function frame(svg, curve, scale) {
  const { width, height } = svg.viewBox.baseVal;
  const margin = MARGINS[svg.dataset.size];
  const right = Math.max(...curve.thresholds.filter((value) => value < 1), 0) || 1;
  const [start, end] = [margin.left, width - margin.right];
  const [floor, top] = [height - margin.bottom, margin.top];
  const clip = (value, low, high) => Math.min(Math.max(value, low), high);
  const round = (pixel) => Math.round(10 * pixel) / 10;
  const x = (value) => round(start + Math.sqrt(clip(value, 0, right) / right) * (end - start));
  const y = (value) => round(floor + ((clip(value, scale.low, scale.high) - scale.low) / (scale.high - scale.low)) * (top - floor));
  const valueAt = (pixel) => right * clip((pixel - start) / (end - start), 0, 1) ** 2;
  return { width, start, end, floor, x, y, valueAt };
}

const line = (points) => `M${points.map(([x, y]) => `${x},${y}`).join("L")}`;

/** A picture: the figures that it shows, drawn in each of its SVG elements. */
export class Picture {
  constructor(figure, curve, texts) {
    this.curve = curve;
    this.texts = texts;
    this.svgs = [...figure.querySelectorAll("svg.drawing")];
    this.names = [...this.svgs[0].querySelectorAll("[data-part=line]")].map((path) => path.dataset.name);
    this.areShares = this.names.length > 1;
  }

  /** Draw the lines again: the terms have changed. */
  drawLines(terms) {
    const points = this.curve.thresholds.map((_, index) => outcomes(this.curve, index, terms));
    this.series = Object.fromEntries(this.names.map((name) => [name, points.map((point) => point[name] ?? { value: 0, low: 0, high: 0 })]));
    const all = Object.values(this.series).flat();
    const [low, high] = [Math.min(...all.map((e) => e.low), 0), Math.max(...all.map((e) => e.high), 0)];
    this.scale = this.areShares ? roundScale(0, 1) : roundScale(low, high);
    this.svgs.forEach((svg) => this.drawLinesIn(svg));
  }

  drawLinesIn(svg) {
    const { x, y, start, end } = frame(svg, this.curve, this.scale);
    const xs = this.curve.thresholds.map(x);
    for (const [name, estimates] of Object.entries(this.series)) {
      const part = (kind) => svg.querySelector(`[data-part=${kind}][data-name=${name}]`);
      part("line").setAttribute("d", line(estimates.map((e, i) => [xs[i], y(e.value)])));
      const back = estimates.map((e, i) => [xs[i], y(e.low)]).reverse();
      part("band").setAttribute("d", `${line([...estimates.map((e, i) => [xs[i], y(e.high)]), ...back])}Z`);
    }
    svg.querySelector("[data-part=zero]").setAttribute("d", `M${start},${y(0)}H${end}`);
    const decimals = tickDecimals(this.scale.ticks);
    const said = (tick) => (this.areShares ? percent(tick, 0) : number(tick, decimals));
    const labels = this.scale.ticks.flatMap((tick) => tickLabel(y(tick), start, end, said(tick)));
    svg.querySelector("[data-part=ticks]").replaceChildren(...labels);
  }

  /** Move the marks: another threshold, or other terms, are chosen. */
  drawMarks(index, own, terms) {
    const values = { theoretical: theoretical(terms), own: this.curve.thresholds[own], chosen: this.curve.thresholds[index] };
    const isOne = nearest(this.curve, values.theoretical) === own; // the model's own threshold is the theoretical one
    const shown = Object.keys(values).filter((name) => name !== "theoretical" || !isOne);
    for (const svg of this.svgs) {
      const { x, y, width, floor } = frame(svg, this.curve, this.scale);
      const rows = [...shown].sort((one, other) => x(values[one]) - x(values[other])); // no line crosses a label to its left
      for (const [name, value] of Object.entries(values)) {
        const text = fill(this.texts.marks[name], { threshold: percent(value, 2) });
        drawMark(svg, name, shown.includes(name), x(value), rows.indexOf(shown.includes(name) ? name : "own"), floor, width, text);
      }
      for (const [name, estimates] of Object.entries(this.series)) {
        const handle = svg.querySelector(`[data-part=handle][data-name=${name}]`);
        handle.setAttribute("cx", x(values.chosen));
        handle.setAttribute("cy", y(estimates[index].value));
      }
    }
  }

  /** Call `choose(threshold)` while a pointer is dragged over the picture. */
  onDrag(choose) {
    for (const svg of this.svgs) {
      const at = (event) => {
        const box = svg.getBoundingClientRect();
        const { width, valueAt } = frame(svg, this.curve, this.scale);
        choose(valueAt(((event.clientX - box.left) / box.width) * width));
      };
      svg.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        svg.setPointerCapture(event.pointerId);
        at(event);
      });
      svg.addEventListener("pointermove", (event) => svg.hasPointerCapture(event.pointerId) && at(event));
    }
  }
}

function tickLabel(y, start, end, text) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("class", "axis");
  path.setAttribute("d", `M${start},${y}H${end}`);
  const label = document.createElementNS(SVG, "text");
  label.setAttribute("x", start - 7);
  label.setAttribute("y", y + 4);
  label.setAttribute("text-anchor", "end");
  label.textContent = text;
  return [path, label];
}

function drawMark(svg, name, isShown, x, row, floor, width, text) {
  const mark = svg.querySelector(`[data-part=mark][data-name=${name}]`);
  const isRight = x > 0.6 * width;
  if (isShown) mark.removeAttribute("visibility");
  else mark.setAttribute("visibility", "hidden");
  mark.querySelector("path").setAttribute("d", `M${x},${8 + 18 * row}V${floor}`);
  const label = mark.querySelector("text");
  label.setAttribute("x", isRight ? x - 6 : x + 6);
  label.setAttribute("text-anchor", isRight ? "end" : "start");
  label.textContent = text;
}
