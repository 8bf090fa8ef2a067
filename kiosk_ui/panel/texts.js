// The page's own words in the languages it speaks; nothing else on the panel is a sentence.
const LANGUAGES = ["ko", "en"];
const RETRY_MS = 1000;

export class Texts {
  static async load() {
    const tables = {};
    for (const language of LANGUAGES) tables[language] = await fetchJson(`/ui/i18n/${language}.json`);
    return new Texts(tables, await fetchJson("/privacy"));
  }

  constructor(tables, privacy) {
    this.tables = tables;
    this.privacy = privacy;
    this.language = "both"; // until the unit has said which
  }

  get languages() {
    return this.language === "both" ? LANGUAGES : [this.language];
  }

  // One line per language; values may be functions of the language.
  lines(key, values = {}) {
    return this.languages.map((language) => ({ language, text: this.text(language, key, values) }));
  }

  text(language, key, values = {}) {
    const pattern = this.tables[language][key] ?? this.tables[language].trouble_other;
    return pattern.replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[name];
      return typeof value === "function" ? value(language) : value ?? "";
    });
  }

  // Puts lines into an element, each marked with its language; touches the page only on change.
  put(element, lines) {
    const shown = lines.filter((line) => line.text);
    const mark = JSON.stringify(shown);
    if (element.dataset.lines === mark) return;
    element.dataset.lines = mark;
    element.replaceChildren(...shown.map((line, index) => {
      const span = document.createElement("span");
      span.lang = line.language;
      span.textContent = line.text;
      if (index > 0) span.className = "second";
      return span;
    }));
  }
}

// The server may still be starting: the page waits for it rather than give up.
async function fetchJson(url) {
  for (;;) {
    try {
      const response = await fetch(url, { cache: "no-store" });
      if (response.ok) return await response.json();
    } catch { /* not there yet */ }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
