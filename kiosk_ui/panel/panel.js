// Wires the page: event stream in, clips and overlays drawn, reports out.
import { EventFeed } from "./event_feed.js";
import { Overlay } from "./overlay.js";
import { PrivacySheet } from "./privacy_sheet.js";
import { ReportQueue } from "./report_queue.js";
import { keepFresh } from "./screen_care.js";
import { Stage } from "./stage.js";
import { StaffKey } from "./staff_key.js";
import { Texts } from "./texts.js";

const texts = await Texts.load();
const reports = new ReportQueue();
const ratings = new ReportQueue();
const stage = new Stage(document.getElementById("stage"), {
  onEvent: (playId, event, positionS, detail = "") =>
    reports.add("/playback", { play_id: playId, event, position_s: positionS, detail }),
});
const overlay = new Overlay(texts, stage, {
  onRating: (playId, answer) => ratings.add("/rating", { play_id: playId, ...answer }),
  onSeenBefore: (playId, seen) => ratings.add("/seen-before", { play_id: playId, seen_before: seen }),
  onSkip: (playId) => ratings.add("/skip", { play_id: playId }),
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
