// What is asked after a clip: the buttons of one question, the touch that answers, the thanks.
import { CountdownRing } from "./countdown_ring.js";

const THANKS_MS = 900; // before a second question takes the first one's place
const SETTLE_MS = 350; // a second touch at the same place is no answer to the next question
const WORDS = { like: "question", five: "question_five", "seen-before": "question_seen" };

export class Question {
  constructor(texts, { onRating, onSeenBefore }) {
    this.texts = texts;
    this.onRating = onRating;
    this.onSeenBefore = onSeenBefore;
    this.root = document.querySelector(".question");
    this.words = document.getElementById("question");
    this.buttons = document.querySelector(".answers");
    this.ring = new CountdownRing(document.getElementById("rating-ring"));
    this.snapshot = null;
    this.playId = null;
    this.drawn = null; // the question whose buttons are there
    this.given = {}; // by question: touched on this page, perhaps not confirmed yet
    this.holdUntil = 0;
    this.openAt = 0;
  }

  show(snapshot) {
    this.snapshot = snapshot;
    this.receivedAt = performance.now();
    if (snapshot.play?.id !== this.playId) {
      this.playId = snapshot.play?.id ?? null;
      this.given = {};
      this.holdUntil = this.openAt = 0;
    }
    this.#draw();
  }

  #draw() {
    clearTimeout(this.timer);
    const { question } = this.snapshot;
    const now = performance.now();
    if (question !== this.drawn && now < this.holdUntil) {
      this.timer = setTimeout(() => this.#draw(), this.holdUntil - now);
    } else if (question !== this.drawn) {
      // The first question comes with its own screen's fade.
      if (this.given[this.drawn] !== undefined) this.openAt = now + SETTLE_MS;
      this.#putButtons(question);
    }
    this.#mark(this.#answer());
  }

  // The buttons are made anew for each question, so that only they are there to be touched.
  #putButtons(question) {
    this.drawn = question;
    const kinds = document.getElementById(`answers-${question}`).content.cloneNode(true);
    kinds.querySelector(".ring-place").replaceWith(document.getElementById("rating-ring"));
    this.buttons.replaceChildren(kinds);
    this.buttons.dataset.question = question;
    for (const button of this.#all()) {
      button.addEventListener("pointerdown", () => this.#touch(Number(button.dataset.value)));
    }
  }

  #all() {
    return [...this.buttons.querySelectorAll(".answer")];
  }

  // To the question that is drawn; null: none yet.
  #answer() {
    const { rating, seen_before: seen } = this.snapshot;
    const confirmed = this.drawn === "seen-before" ? seen : rating;
    return confirmed === null ? this.given[this.drawn] ?? null : Number(confirmed);
  }

  #mark(answer) {
    const { screen, remaining_ms: left, limit_ms: limit } = this.snapshot;
    const isAnswered = answer !== null;
    this.root.classList.toggle("is-answered", isAnswered);
    for (const button of this.#all()) {
      button.classList.toggle("is-chosen", isAnswered && Number(button.dataset.value) === answer);
      const words = button.querySelector("[data-text]");
      if (words !== null) this.texts.put(words, this.texts.lines(words.dataset.text));
    }
    this.texts.put(this.words, this.texts.lines(isAnswered ? "thanks" : WORDS[this.drawn]));
    if (screen !== "rating" || isAnswered) this.ring.stop();
    else this.ring.start(left - (performance.now() - this.receivedAt), limit);
  }

  // Drawn at once; the server's answer only confirms it.
  #touch(value) {
    const { screen, play, question } = this.snapshot;
    const isOpen = this.drawn === question && performance.now() >= this.openAt;
    if (screen !== "rating" || play === null || !isOpen || this.#answer() !== null) return;
    this.given[question] = value;
    this.holdUntil = performance.now() + THANKS_MS;
    this.#mark(value);
    if (question === "seen-before") this.onSeenBefore(play.id, value === 1);
    else this.onRating(play.id, question === "five" ? { stars: value } : { value });
  }
}
