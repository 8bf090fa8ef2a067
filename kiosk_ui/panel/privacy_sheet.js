// The notice in the corner, and the privacy text that a touch on it opens.
import { CountdownRing } from "./countdown_ring.js";

const OPEN_MS = 20000;

export class PrivacySheet {
  constructor(texts, { onPause }) {
    this.texts = texts;
    this.onPause = onPause;
    this.sensing = null;
    this.notice = document.getElementById("notice");
    this.glyph = this.notice.querySelector("use");
    this.words = document.getElementById("notice-words");
    this.sheet = document.getElementById("privacy");
    this.button = document.getElementById("pause");
    this.ring = new CountdownRing(document.getElementById("privacy-ring"));
    this.closeTimer = null;
    this.minuteTimer = null;
    this.notice.addEventListener("pointerdown", () => this.open());
    document.getElementById("privacy-close").addEventListener("pointerdown", () => this.close());
    this.sheet.addEventListener("pointerdown", (event) => {
      if (event.target === this.sheet) this.close();
    });
    this.button.addEventListener("pointerdown", () => this.#press());
    texts.put(this.words, texts.lines("notice_on"));
  }

  show({ sensing }) {
    this.sensing = sensing;
    this.resumesAt = sensing.resumes_in_ms === null ? null : performance.now() + sensing.resumes_in_ms;
    this.glyph.setAttribute("href", sensing.state === "on" ? "#camera" : "#camera-off");
    document.body.dataset.sensing = sensing.state;
    clearInterval(this.minuteTimer);
    this.#drawNotice();
    // The minutes left count down by themselves; the server has nothing new to say meanwhile.
    if (this.resumesAt !== null) this.minuteTimer = setInterval(() => this.#drawNotice(), 5000);
    this.#drawButton();
  }

  open() {
    const lines = document.createDocumentFragment();
    for (const language of this.texts.languages) {
      const column = document.createElement("div");
      column.lang = language;
      this.texts.privacy[language].forEach((text, index) => {
        const paragraph = document.createElement("p");
        paragraph.textContent = text;
        if (index === 0) paragraph.className = "first";
        column.append(paragraph);
      });
      lines.append(column);
    }
    document.getElementById("privacy-text").replaceChildren(lines);
    this.sheet.firstElementChild.classList.toggle("is-both", this.texts.languages.length > 1);
    this.#drawButton();
    this.sheet.classList.add("is-open");
    this.sheet.setAttribute("aria-hidden", "false");
    this.ring.start(OPEN_MS, OPEN_MS);
    clearTimeout(this.closeTimer);
    this.closeTimer = setTimeout(() => this.close(), OPEN_MS);
  }

  close() {
    clearTimeout(this.closeTimer);
    this.ring.stop();
    this.sheet.classList.remove("is-open");
    this.sheet.setAttribute("aria-hidden", "true");
  }

  #drawNotice() {
    const minutes = this.resumesAt === null
      ? 0 : Math.max(1, Math.ceil((this.resumesAt - performance.now()) / 60000));
    this.texts.put(this.words, this.texts.lines(this.#noticeKey(), { minutes }));
  }

  #noticeKey() {
    const { state, paused_by: by } = this.sensing;
    const isOpen = this.resumesAt === null;
    if (state !== "paused") return `notice_${state}`;
    if (by === "quiet-hours") return "notice_quiet";
    if (by === "staff") return isOpen ? "notice_staff" : "notice_staff_until";
    return isOpen ? "notice_paused_open" : "notice_paused";
  }

  #drawButton() {
    if (this.sensing === null) return;
    // What staff or the hour have closed, a touch does not open.
    this.button.hidden = ["staff", "quiet-hours"].includes(this.sensing.paused_by);
    const isPaused = this.sensing.state === "paused";
    const minutes = Math.max(1, Math.round(this.sensing.pause_s / 60));
    this.texts.put(this.button, this.texts.lines(isPaused ? "resume" : "pause", { minutes }));
    this.button.classList.remove("is-pressed");
  }

  #press() {
    if (this.sensing === null || this.button.classList.contains("is-pressed")) return;
    this.button.classList.add("is-pressed");
    this.onPause(this.sensing.state === "paused" ? 0 : this.sensing.pause_s);
    setTimeout(() => this.close(), 600);
  }
}
