// A ring that empties with the time left.
const RADIUS = 45;
const LENGTH = 2 * Math.PI * RADIUS;
const STEP_MS = 100;
const SVG = "http://www.w3.org/2000/svg";

export class CountdownRing {
  constructor(svg) {
    this.hand = circle("hand");
    this.hand.setAttribute("stroke-dasharray", LENGTH);
    svg.replaceChildren(circle("track"), this.hand);
    this.timer = null;
  }

  // Both in milliseconds from now; null stops it.
  start(remainingMs, limitMs) {
    clearInterval(this.timer);
    if (remainingMs === null || !limitMs) return;
    const endsAt = performance.now() + remainingMs;
    const draw = () => {
      const left = Math.max(0, endsAt - performance.now());
      this.hand.setAttribute("stroke-dashoffset", LENGTH * (1 - Math.min(1, left / limitMs)));
      this.hand.style.opacity = left > 0 ? 1 : 0;
      if (left === 0) clearInterval(this.timer);
    };
    draw();
    this.timer = setInterval(draw, STEP_MS);
  }

  stop() {
    clearInterval(this.timer);
  }
}

function circle(name) {
  const element = document.createElementNS(SVG, "circle");
  element.setAttribute("class", name);
  element.setAttribute("cx", 50);
  element.setAttribute("cy", 50);
  element.setAttribute("r", RADIUS);
  return element;
}
