// Waits for the panel and goes there; until then says where the unit can be reached.
const LOOK_MS = 250;
const NO_NETWORK = ["네트워크 연결 없음", "no network"];
const asked = new URLSearchParams(location.search);
const panel = `http://127.0.0.1:${asked.get("port")}/`;
// After power came on, whoever sets the unit up has some seconds to read its address.
const stayUntilMs = performance.now() + 1000 * Number(asked.get("stay_s") ?? 0);

// A page from the disk may ask no server; the kiosk's launcher does and writes what it found into a
// file, loaded as a script.
function readUnit() {
  const script = document.createElement("script");
  script.src = `file:///run/appliance-kiosk/unit.js?${Date.now()}`;
  script.onload = script.onerror = () => { script.remove(); decide(); };
  document.head.append(script);
}

function decide() {
  show(window.unitAddress);
  if (window.panelAnswers && performance.now() >= stayUntilMs) location.replace(`${panel}#${window.pageKey ?? ""}`);
  else setTimeout(readUnit, LOOK_MS);
}

function show(address) {
  const line = document.getElementById("address-line");
  const lines = address ? [address] : NO_NETWORK;
  line.replaceChildren(...lines.map((text, index) => {
    const span = document.createElement("span");
    span.textContent = text;
    if (index > 0) span.className = "second";
    return span;
  }));
}

readUnit();
