// Two video elements: the next clip is loaded behind and comes to the front once it really plays.
import { Layer } from "./layer.js";

const WATCH_MS = 1000;
const RELOOP_MS = 1500;

export class Stage {
  constructor(root, { onEvent }) {
    const [first, second] = [...root.querySelectorAll(".layer")].map((element) => new Layer(element));
    this.front = first; // on screen
    this.back = second; // loading, or coming
    this.onEvent = onEvent;
    this.onFront = () => {};
    this.told = new Map(); // play id → set of events already reported
    this.wanted = null;
    this.upcoming = null;
    this.isFading = false;
    this.screen = "starting";
    this.stallMs = 15000;
    this.hasPicture = false;
    for (const layer of [first, second]) this.#listen(layer);
    setInterval(() => this.#watch(), WATCH_MS);
  }

  get frontPlayId() { return this.front.play?.id ?? null; }
  get preloadedPlayId() { return this.back.isReady ? this.back.play.id : null; }

  show({ play, next_play: next, screen, stall_ms: stallMs }) {
    this.screen = screen;
    this.stallMs = stallMs;
    this.wanted = play;
    this.upcoming = next;
    this.#settle();
  }

  // Brings what is seen and what is loaded behind in line with what is wanted.
  #settle() {
    const { front, back, wanted, upcoming } = this;
    // The clip that is fading out is still seen; what comes next waits until it is covered.
    if (this.isFading) return;
    if (wanted !== null) {
      if (this.isAsking) this.#hold(wanted);
      else if (front.play?.id !== wanted.id) this.#bring(wanted);
      else this.#resume();
    }
    if (upcoming !== null && upcoming.id !== wanted?.id && !back.isComing) back.load(upcoming);
  }

  // RATING and QR lie over the clip's last frame.
  get isAsking() { return this.screen === "rating" || this.screen === "qr"; }

  followProgress(bar) {
    this.bar = bar;
    if (this.barTimer === undefined) this.#drawProgress();
  }

  // --- what the videos say ---------------------------------------------------------------

  #listen(layer) {
    layer.video.addEventListener("playing", () => this.#playing(layer));
    layer.video.addEventListener("ended", () => this.#ended(layer));
    layer.video.addEventListener("error", () => this.#failed(layer, layer.errorText()));
    layer.video.addEventListener("seeked", () => { if (layer.isStill) this.#comeForward(layer); });
  }

  #playing(layer) {
    if (layer.isStill || layer.play === null || layer.play.id !== this.wanted?.id) return;
    this.#tell(layer, "playing");
    const { play } = layer;
    if (layer.isComing) layer.whenPainted(() => { if (layer.play === play) this.#comeForward(layer); });
  }

  #ended(layer) {
    if (layer !== this.front || layer.isStill || layer.play === null) return;
    this.#tell(layer, "ended");
    // With no news from the unit the clip simply goes round again.
    const { play } = layer;
    setTimeout(() => {
      const isStillOn = layer === this.front && layer.play === play && layer.video.ended;
      if (isStillOn && !this.isAsking && !this.back.isComing) layer.restart();
    }, RELOOP_MS);
  }

  #failed(layer, detail) {
    if (layer.play === null) return;
    layer.failure = detail;
    // One that is only waiting behind is not on anybody's screen yet: it may fail when it comes.
    if (layer.play.id !== this.wanted?.id || this.isAsking) return;
    layer.isComing = false;
    this.#tell(layer, "error", detail);
  }

  // --- changing clips --------------------------------------------------------------------

  #bring(play) {
    if (this.back.play?.id === play.id && this.back.isComing) return;
    this.back.load(play);
    this.back.isComing = true;
    this.back.isStill = false;
    this.back.markProgress();
    if (this.back.failure !== null) this.#failed(this.back, this.back.failure);
    else this.back.start();
  }

  #comeForward(layer) {
    if (layer !== this.back || !layer.isComing) return;
    const old = this.front;
    this.front = layer;
    this.back = old;
    this.isFading = old.play !== null; // the very first clip covers nothing
    this.hasPicture = true;
    layer.isComing = false;
    layer.element.classList.add("is-incoming", "is-front");
    if (old.play !== null && !old.isStill) this.#tell(old, "stopped");
    this.onFront();
    layer.whenOpaque(() => this.#retire(old));
  }

  // The old clip leaves only when the new one covers it fully.
  #retire(old) {
    this.isFading = false;
    this.front.element.classList.remove("is-incoming");
    old.clear();
    this.#settle();
  }

  #hold(play) {
    if (this.front.play?.id === play.id) {
      if (!this.front.video.paused && !this.front.video.ended) {
        this.front.video.pause();
        this.#tell(this.front, "stopped");
      }
      return;
    }
    if (this.back.play?.id === play.id && this.back.isComing) return;
    // The page was loaded again in the middle of a question.
    this.back.load(play);
    this.back.isComing = true;
    this.back.showLastFrame();
  }

  // The clip on screen is the wanted one; perhaps the browser paused it by itself.
  #resume() {
    const { front, back } = this;
    if (back.isComing) back.cancel();
    if (front.video.paused && !front.video.ended && !front.isStill) front.start();
  }

  // --- watching --------------------------------------------------------------------------

  #watch() {
    if (this.wanted === null || this.isAsking) return;
    const layer = this.back.isComing ? this.back : this.front;
    if (layer.play?.id !== this.wanted.id || layer.isStill) return;
    if (layer.video.ended) layer.markProgress();
    if (layer.hasMoved()) return;
    if (layer.idleMs() >= this.stallMs) {
      this.#tell(layer, "error", `no progress for ${Math.round(this.stallMs / 1000)} s`);
      layer.markProgress();
      layer.reload();
    } else if (layer.video.paused && !layer.video.ended) {
      layer.start();
    }
  }

  #tell(layer, event, detail = "") {
    const { id } = layer.play;
    const told = this.told.get(id) ?? new Set();
    // A play that has ended, failed or been taken off has nothing more to say.
    const isOver = told.has("ended") || told.has("error") || told.has("stopped");
    if (told.has(event) || isOver || (event === "stopped" && !told.has("playing"))) return;
    told.add(event);
    this.told.set(id, told);
    if (this.told.size > 50) this.told.delete(this.told.keys().next().value);
    this.onEvent(id, event, layer.shownSeconds(), detail.slice(0, 300));
  }

  #drawProgress() {
    this.barTimer = setInterval(() => {
      const share = this.front.play?.id === this.wanted?.id ? this.front.share() : 0;
      if (this.screen === "show") this.bar.style.transform = `scaleX(${share})`;
    }, 100);
  }
}
