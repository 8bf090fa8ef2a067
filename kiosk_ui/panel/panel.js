// Wires the page: event stream in, clips and overlays drawn, reports out.
import { EventFeed } from "./event_feed.js";
import { Heartbeat } from "./heartbeat.js";
import { Overlay } from "./overlay.js";
import { pageKey } from "./page_key.js";
import { PrivacySheet } from "./privacy_sheet.js";
import { ReportQueue } from "./report_queue.js";
import { keepFresh } from "./screen_care.js";
import { Stage } from "./stage.js";
import { StaffKey } from "./staff_key.js";
import { Texts } from "./texts.js";

const key = pageKey();
const texts = await Texts.load();
const reports = new ReportQueue(key);
const ratings = new ReportQueue(key);
// A page without the unit's key only looks on: what its videos do is no proof of anything.
const speak = (queue, path, body) => { if (key !== "") queue.add(path, body); };
const stage = new Stage(document.getElementById("stage"), {
  onEvent: (playId, event, positionS, detail = "") =>
    speak(reports, "/playback", { play_id: playId, event, position_s: positionS, detail }),
});
const overlay = new Overlay(texts, stage, {
  onRating: (playId, answer) => speak(ratings, "/rating", { play_id: playId, ...answer }),
  onSeenBefore: (playId, seen) => speak(ratings, "/seen-before", { play_id: playId, seen_before: seen }),
  onSkip: (playId) => speak(ratings, "/skip", { play_id: playId }),
});
const privacy = new PrivacySheet(texts, {
  onPause: (pauseS) => ratings.add("/sensing", { pause_s: pauseS }),
});

const staffKey = new StaffKey({
  onWish: (wish) => ratings.add("/sensing/staff", { wish }),
});

let latest = null;
const feed = new EventFeed("/events", {
  onSnapshot: (snapshot) => {
    if (latest !== null && latest.ui_version !== snapshot.ui_version) {
      location.reload();
      return;
    }
    latest = snapshot;
    texts.language = snapshot.language;
    // The stage first: what is drawn over the clip depends on whether there is one.
    stage.show(snapshot);
    overlay.show(snapshot);
    privacy.show(snapshot);
    staffKey.show(snapshot);
  },
  onLost: (isLost) => document.body.classList.toggle("is-lost", isLost),
});

keepFresh();
if (key === "") overlay.lookOn();
else new Heartbeat(key).start();
overlay.starting();
feed.open();

// Read-only, for tests and for looking at a unit through the browser's own tools.
Object.defineProperty(window, "__maum", {
  value: Object.freeze({
    get snapshot() { return latest; },
    get pending() { return reports.length + ratings.length; },
    get isConnected() { return feed.isConnected; },
    get frontPlayId() { return stage.frontPlayId; },
    get preloadedPlayId() { return stage.preloadedPlayId; },
  }),
});
