// Everything that is drawn over the clip: one sentence per screen, taken whole from the snapshot.
import { CountdownRing } from "./countdown_ring.js";
import { Question } from "./question.js";

const NOTHING_TO_SHOW_MS = 2000;
const CLOCK_MS = 5000;
const OLDEST_CREDIBLE_YEAR = 2024;

export class Overlay {
  constructor(texts, stage, { onRating, onSeenBefore, onSkip }) {
    this.texts = texts;
    this.stage = stage;
    this.onSkip = onSkip;
    this.snapshot = null;
    this.skippedId = null;
    this.bareTimer = null;
    this.question = new Question(texts, { onRating, onSeenBefore });
    this.qrRing = new CountdownRing(document.getElementById("qr-ring"));
    document.querySelector(".card-place").addEventListener("pointerdown", (event) => {
      const isOnCode = event.target.closest(".card") && !event.target.closest(".close");
      if (!isOnCode) this.#skip();
    });
    stage.onFront = () => this.#drawScreen();
    setInterval(() => this.#tick(), CLOCK_MS);
  }

  // Before the unit has said anything.
  starting() {
    this.#put("unit-name", [{ language: "en", text: "Maum Signage" }]);
    this.#put("trouble-line", this.texts.lines("starting"));
  }

  // A page that is not the unit's own.
  lookOn() {
    this.#put("looks-on", this.texts.lines("looks_on"));
  }

  show(snapshot) {
    this.snapshot = snapshot;
    this.receivedAt = performance.now();
    document.documentElement.lang = snapshot.language === "en" ? "en" : "ko";
    this.#drawScreen();
    this.#drawPlace();
    this.#drawShow();
    this.question.show(snapshot);
    this.#drawQr();
    this.#drawTrouble();
  }

  #drawScreen() {
    const { snapshot } = this;
    if (snapshot === null) return;
    clearTimeout(this.bareTimer);
    const { play, screen, troubles } = snapshot;
    if (screen === "rating" || screen === "qr") {
      this.#turnTo(screen);
    } else if (!this.stage.hasPicture) {
      this.#turnTo(troubles.length > 0 ? "trouble" : "starting");
    } else if (play === null) {
      // Between two clips the last picture stays; only a lasting lack of clips is said.
      if (document.body.dataset.screen !== "trouble") this.#turnTo("healing");
      this.bareTimer = setTimeout(() => this.#turnTo("trouble"), NOTHING_TO_SHOW_MS);
    } else if (screen === "healing" || this.stage.frontPlayId === play.id) {
      // A clip's title comes with the clip, not before it.
      this.#turnTo(screen);
    }
  }

  #turnTo(screen) {
    document.body.dataset.screen = screen;
    document.body.dataset.accent = this.snapshot.play?.accent ?? "calm";
  }

  #drawPlace() {
    const { place, surroundings } = this.snapshot;
    const now = new Date();
    const lines = this.texts.languages.map((language) => {
      // A unit without a clock chip starts in the past until it has found the time.
      const time = now.getFullYear() < OLDEST_CREDIBLE_YEAR ? "" : now.toLocaleTimeString(
        language === "ko" ? "ko-KR" : "en-GB", { hour: "numeric", minute: "2-digit" });
      const words = [surroundings.season, surroundings.weather]
        .filter(Boolean).map((key) => this.texts.text(language, key));
      return { language, text: [place, time, ...words].filter(Boolean).join(" · ") };
    });
    // One quiet line: with two languages the second gives only its own words.
    if (lines.length > 1) {
      const own = [surroundings.season, surroundings.weather].filter(Boolean)
        .map((key) => this.texts.text("en", key)).join(" · ");
      lines.splice(0, 2, { language: "ko", text: `${lines[0].text} · ${own}` });
    }
    this.#put("place-line", lines);
  }

  #drawShow() {
    const { play } = this.snapshot;
    if (play === null) return;
    const title = { ko: play.title, en: play.title_en ?? play.title };
    const lines = this.texts.languages.map((language) => ({ language, text: title[language] }));
    if (lines.length > 1 && lines[0].text === lines[1].text) lines.pop();
    this.#put("title", lines);
    this.#put("advertiser", [{ language: "ko", text: play.advertiser ?? "" }]);
    this.stage.followProgress(document.getElementById("progress"));
  }

  #drawQr() {
    const { qr, screen, remaining_ms: left, limit_ms: limit } = this.snapshot;
    if (qr === null) return;
    const picture = document.getElementById("qr");
    if (picture.getAttribute("src") !== qr.src) picture.src = qr.src;
    this.#put("qr-words", this.texts.lines("qr"));
    this.#put("qr-address", [{ language: "en", text: qr.address }]);
    if (screen === "qr") this.qrRing.start(left, limit);
    else this.qrRing.stop();
  }

  #drawTrouble() {
    const { troubles, unit_name: name, address } = this.snapshot;
    this.#put("unit-name", [{ language: "ko", text: name }]);
    const passed = performance.now() - this.receivedAt;
    // What keeps the screen empty goes first.
    const worst = troubles.find((trouble) => trouble.code === "no-clips") ?? troubles[0];
    const lines = worst === undefined ? this.texts.lines("starting") : this.texts.lines(
      `trouble_${worst.code}`, { since: (language) => this.#since(language, worst.since_ms + passed) });
    this.#put("trouble-line", lines);
    this.#put("address-line", address === null
      ? this.texts.lines("no_network") : [{ language: "en", text: address }]);
  }

  #since(language, ms) {
    const minutes = Math.floor(ms / 60000);
    if (minutes < 1) return this.texts.text(language, "since_now");
    if (minutes < 60) return this.texts.text(language, "since_minutes", { n: minutes });
    if (minutes < 2880) return this.texts.text(language, "since_hours", { n: Math.floor(minutes / 60) });
    return this.texts.text(language, "since_days", { n: Math.floor(minutes / 1440) });
  }

  #skip() {
    const { snapshot } = this;
    if (snapshot?.screen !== "qr" || this.skippedId === snapshot.play?.id) return;
    this.skippedId = snapshot.play.id;
    this.onSkip(snapshot.play.id);
  }

  #tick() {
    if (this.snapshot === null) return;
    this.#drawPlace();
    this.#drawTrouble();
  }

  #put(id, lines) {
    this.texts.put(document.getElementById(id), lines);
  }
}
