// A panel is no browser: no menu, no dragging, nothing that burns into the screen.
const SHIFT_EVERY_MS = 60000;
const SHIFTS_PX = [[0, 0], [3, 1], [4, 4], [1, 3], [-2, 4], [-4, 1], [-3, -3], [0, -4], [3, -2]];

export function keepFresh() {
  for (const kind of ["contextmenu", "dragstart", "selectstart", "gesturestart"]) {
    document.addEventListener(kind, (event) => event.preventDefault());
  }
  document.addEventListener("wheel", (event) => event.preventDefault(), { passive: false });
  let step = 0;
  setInterval(() => {
    step = (step + 1) % SHIFTS_PX.length;
    const [x, y] = SHIFTS_PX[step];
    document.documentElement.style.setProperty("--shift-x", `${x}px`);
    document.documentElement.style.setProperty("--shift-y", `${y}px`);
  }, SHIFT_EVERY_MS);
}
