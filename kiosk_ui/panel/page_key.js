// The key by which the unit knows its own page. It comes after the # of the address, which no
// browser sends, and is kept for this tab alone; a page without it only looks on.
const NAME = "page-key";

export function pageKey() {
  const given = location.hash.slice(1);
  if (given !== "") {
    sessionStorage.setItem(NAME, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(NAME) ?? "";
}
