// One video with the soft backdrop that fills the screen where its shape does not.
const MAX_CROP = 1.6;
const PAINT_WAIT_MS = 250;
const LONGEST_FADE_MS = 2000;

export class Layer {
  constructor(element) {
    this.element = element;
    this.video = element.querySelector("video");
    this.backdrop = element.querySelector(".backdrop");
    this.play = null;
    this.failure = null;
    this.isComing = false;
    this.isStill = false;
    this.video.addEventListener("loadedmetadata", () => this.#fit());
    addEventListener("resize", () => this.#fit());
    this.markProgress();
  }

  get isReady() {
    return this.play !== null && this.video.readyState >= 3;
  }

  load(play) {
    if (this.play?.id === play.id) return;
    // The same file once more: what is loaded is kept, only the play is another.
    const isSame = this.play?.src === play.src && this.failure === null && !this.isStill;
    this.play = play;
    this.isStill = false;
    this.isComing = false;
    if (isSame) {
      this.video.pause();
      this.video.currentTime = 0;
      return;
    }
    this.failure = null;
    this.backdrop.style.backgroundImage = play.poster ? `url("${play.poster}")` : "";
    this.video.preload = "auto";
    this.video.src = play.src;
    this.video.load();
  }

  cancel() {
    this.isComing = false;
    this.video.pause();
  }

  start() {
    this.video.play().catch((error) => {
      // Silence is the only thing a browser may ask for; other failures come as events.
      if (error.name === "NotAllowedError" && !this.video.muted) {
        this.video.muted = true;
        this.start();
      }
    });
  }

  restart() {
    this.video.currentTime = 0;
    this.markProgress();
    this.start();
  }

  reload() {
    this.video.load();
    this.start();
  }

  showLastFrame() {
    this.isStill = true;
    const seek = () => { this.video.currentTime = Math.max(0, this.video.duration - 0.1); };
    if (this.video.readyState >= 1) seek();
    else this.video.addEventListener("loadedmetadata", seek, { once: true });
  }

  // Calls back when a frame is on its way to the screen, and in any case soon.
  whenPainted(callback) {
    let isDone = false;
    const once = () => {
      if (isDone) return;
      isDone = true;
      callback();
    };
    this.video.requestVideoFrameCallback?.(once);
    setTimeout(once, PAINT_WAIT_MS);
  }

  // Calls back once its fade is over (a busy unit fades late), or there was none, or it hangs.
  whenOpaque(callback) {
    const fades = this.element.getAnimations().map((animation) => animation.finished);
    const tooLong = new Promise((resolve) => setTimeout(resolve, LONGEST_FADE_MS));
    Promise.race([Promise.allSettled(fades), tooLong]).then(callback);
  }

  clear() {
    this.hideAtOnce();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    this.play = null;
    this.failure = null;
    this.isStill = false;
  }

  // It lies under the other one now, so nobody sees it go.
  hideAtOnce() {
    this.element.classList.add("is-cut");
    this.element.classList.remove("is-front", "is-incoming");
    void this.element.offsetWidth;
    this.element.classList.remove("is-cut");
  }

  hasMoved() {
    if (this.video.currentTime === this.lastTime) return false;
    this.markProgress();
    return true;
  }

  markProgress() {
    this.lastTime = this.video.currentTime;
    this.movedAt = performance.now();
  }

  idleMs() { return performance.now() - this.movedAt; }

  shownSeconds() {
    const { currentTime } = this.video;
    return Number.isFinite(currentTime) ? currentTime : 0;
  }

  share() {
    const { currentTime, duration } = this.video;
    return duration > 0 ? Math.min(1, currentTime / duration) : 0;
  }

  errorText() {
    const { error } = this.video;
    return error === null ? "unknown" : `${error.code}: ${error.message}`;
  }

  // Scenery may lose its edges; an advertisement's words may not.
  #fit() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width || !height) return;
    const ratio = (innerWidth / innerHeight) / (width / height);
    const crop = Math.max(ratio, 1 / ratio);
    this.element.classList.toggle("is-letter", crop > MAX_CROP && this.play?.kind === "ad");
  }
}
