// Reports go out one after the other and are repeated until the unit has them on disk.
const FIRST_RETRY_MS = 300;
const LONGEST_RETRY_MS = 8000;
const TIMEOUT_MS = 8000;
const LONGEST_QUEUE = 500;

export class ReportQueue {
  constructor(key) {
    this.key = key;
    this.waiting = [];
    this.isSending = false;
  }

  get length() {
    return this.waiting.length;
  }

  add(path, body) {
    this.waiting.push({ path, text: JSON.stringify(body) });
    if (this.waiting.length > LONGEST_QUEUE) this.waiting.splice(1, 1);
    if (!this.isSending) this.#send();
  }

  async #send() {
    this.isSending = true;
    let retryMs = FIRST_RETRY_MS;
    while (this.waiting.length > 0) {
      if (await isTaken(this.waiting[0], this.key)) {
        this.waiting.shift();
        retryMs = FIRST_RETRY_MS;
      } else {
        await new Promise((resolve) => setTimeout(resolve, retryMs));
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
    }
    this.isSending = false;
  }
}

async function isTaken({ path, text }, key) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Page-Key": key },
      body: text,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // What the unit refuses as wrong (4xx) it would refuse again.
    return response.status < 500;
  } catch {
    return false;
  }
}
