// A key of a keyboard at the panel with which staff stop sensing and start it again.
const PAUSE_MS = 1000;

export class StaffKey {
  constructor({ onWish }) {
    this.onWish = onWish;
    this.combination = "";
    this.isStopped = false;
    this.lastAt = -PAUSE_MS;
    document.addEventListener("keydown", (event) => this.#press(event));
  }

  show({ stop_key: combination, sensing }) {
    this.combination = combination;
    this.isStopped = sensing.paused_by === "staff";
  }

  #press(event) {
    if (this.combination === "" || event.repeat || nameOf(event) !== this.combination) return;
    event.preventDefault();
    // Said outright, not "the other way round": a report may be repeated.
    if (performance.now() - this.lastAt < PAUSE_MS) return;
    this.lastAt = performance.now();
    this.onWish(this.isStopped ? "start" : "stop");
  }
}

function nameOf(event) {
  const held = [["ctrlKey", "Ctrl"], ["altKey", "Alt"], ["shiftKey", "Shift"]]
    .filter(([flag]) => event[flag]).map(([, name]) => name);
  const key = event.code.replace(/^(Key|Digit)(?=.$)/, "");
  return [...held, key].join("+");
}
