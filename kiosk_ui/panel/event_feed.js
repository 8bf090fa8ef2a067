// The server's event stream; comes back by itself however it was lost.
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8000;
const QUIET_LOSS_MS = 30000;

export class EventFeed {
  constructor(url, { onSnapshot, onLost }) {
    this.url = url;
    this.onSnapshot = onSnapshot;
    this.onLost = onLost;
    this.retryMs = FIRST_RETRY_MS;
    this.isConnected = false;
    this.lossTimer = null;
  }

  open() {
    this.source = new EventSource(this.url);
    this.source.onopen = () => this.#found();
    this.source.onmessage = (event) => {
      this.#found();
      this.onSnapshot(JSON.parse(event.data));
    };
    this.source.onerror = () => this.#lost();
  }

  #found() {
    this.isConnected = true;
    this.retryMs = FIRST_RETRY_MS;
    clearTimeout(this.lossTimer);
    this.lossTimer = null;
    this.onLost(false);
  }

  // A short loss is nobody's business: the clip goes on, and only a long one leaves a small sign.
  #lost() {
    this.isConnected = false;
    this.lossTimer ??= setTimeout(() => this.onLost(true), QUIET_LOSS_MS);
    if (this.source.readyState !== EventSource.CLOSED) return;
    // After an answer such as 503 the browser gives up for good, so the page tries again itself.
    this.source.close();
    setTimeout(() => this.open(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
  }
}
