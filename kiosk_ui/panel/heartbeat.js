// Says every few seconds that frames still reach the screen. A page that hangs, or whose picture
// does, says nothing, and the kiosk starts the browser anew.
const BEAT_MS = 3000;
const TIMEOUT_MS = 5000;

export class Heartbeat {
  constructor(key) {
    this.key = key;
    this.frames = 0;
    this.isWaiting = false;
    this.isSending = false;
  }

  start() {
    this.#beat();
    setInterval(() => this.#beat(), BEAT_MS);
  }

  // One frame a beat is asked for, not all of them: that would cost a small unit its time.
  #beat() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      this.isWaiting = false;
      this.frames += 1;
      if (!this.isSending) this.#send();
    });
  }

  async #send() {
    this.isSending = true;
    try {
      await fetch("/alive", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Page-Key": this.key },
        body: JSON.stringify({ frames: this.frames }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch { /* the next one will do */ }
    this.isSending = false;
  }
}
