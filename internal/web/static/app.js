// Keys, copy buttons and passkeys. Everything but passkeys is a convenience: each page works without it.
(() => {
  "use strict";
  const $ = (s, r = document) => r.querySelector(s);
  const $$ = (s, r = document) => [...r.querySelectorAll(s)];

  // Copy buttons are hidden until there is a script that can serve them.
  const reveal = () => $$("[data-copy][hidden]").forEach((b) => { b.hidden = false; });
  reveal();
  // An answer without the part that was asked for is another page: signed out, failed, done.
  document.addEventListener("htmx:beforeSwap", (e) => {
    const { xhr, target } = e.detail;
    if (xhr.status < 400 && xhr.responseText.includes(`id="${target.id}"`)) return;
    e.detail.shouldSwap = false;
    location.assign(xhr.responseURL);
  });
  document.addEventListener("htmx:afterSwap", (e) => {
    reveal();
    const live = $("#live"), now = $("[data-live]"), list = $("#list");
    if (e.detail.target.id !== "list") return;
    if (live && now) live.textContent = now.textContent; // read out once what the filter found
    if (list && document.activeElement === document.body) { list.tabIndex = -1; list.focus({ preventScroll: true }); }
  });
  document.addEventListener("click", (e) => {
    const copy = e.target.closest("[data-copy]");
    if (copy) {
      const from = document.getElementById(copy.dataset.copy), live = $("#live");
      if (from) navigator.clipboard.writeText(from.textContent).then(() => { if (live) live.textContent = "Copied"; });
    }
    $$("details.drop[open]").forEach((d) => { if (!d.contains(e.target)) d.open = false; });
  });

  // Passkeys: the browser is asked what the form holds, and its answer is posted.
  if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) $$("form[data-passkey]").forEach((f) => {
    f.hidden = false;
    const part = f.closest("[data-passkey-part]"), wrong = $("[data-passkey-error]", f);
    if (part) part.hidden = false;
    f.addEventListener("submit", async (e) => {
      if (f.elements.answer.value) return;
      e.preventDefault();
      wrong.hidden = true;
      const options = JSON.parse(f.dataset.options);
      try {
        const made = f.dataset.passkey === "create"
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
        f.elements.answer.value = JSON.stringify(made);
        f.submit();
      } catch { wrong.hidden = false; }
    });
  });

  // One-letter keys; a person can switch them off in the settings (WCAG 2.1.4).
  if (document.body.dataset.keys === "off") return;
  let afterG = 0;
  const move = (by) => {
    const rows = $$("main tbody tr, main ul.list > li, main ul.tasks > li").map((r) => $("a.t, a[href]", r)).filter(Boolean);
    const at = rows.findIndex((a) => a.closest("tr,li").contains(document.activeElement));
    const to = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (to) to.focus();
  };
  // Decisions of the row that has the focus; a change needs a note, so the focus goes there.
  const decide = (key) => {
    const row = document.activeElement.closest("tr[data-decide]"), radio = row && $(`[data-key="${key}"]`, row);
    if (!radio) return;
    radio.checked = true;
    if (key === "c") $("input.note", row).focus(); else move(1);
  };
  // The grid of a test sheet: arrows go from cell to cell, a letter marks and goes on.
  const marks = { p: "pass", d: "deviation", n: "not_applicable", u: "" };
  const cells = (row) => $$("select[data-cell]", row);
  const cellKey = (e) => {
    const cell = e.target, row = cell.closest("tr"), rows = $$("tr[data-cells]"), at = cells(row).indexOf(cell), r = rows.indexOf(row);
    const go = (to, i) => { const next = cells(rows[to] || row)[i]; if (next) next.focus(); };
    const steps = { ArrowUp: [r - 1, at], ArrowDown: [r + 1, at], ArrowLeft: [r, at - 1], ArrowRight: [r, at + 1] };
    if (Object.hasOwn(steps, e.key)) go(...steps[e.key]);
    else if (e.key === "m") $("input.note", row)?.focus();
    else if (Object.hasOwn(marks, e.key)) { cell.value = marks[e.key]; go(r + 1, at); } else return;
    e.preventDefault();
  };
  const keys = {
    "/": () => $("#q")?.focus(),
    g: () => { afterG = Date.now(); },
    j: () => move(1),
    k: () => move(-1),
    n: () => $("[data-primary]")?.click(),
    ...Object.fromEntries(["y", "c", "x", "u"].map((k) => [k, () => decide(k)])),
    "?": () => $("#keys-help")?.showModal(),
  };
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape") $$("details.drop[open]").forEach((d) => { d.open = false; $("summary", d).focus(); });
    if (e.target.matches("select[data-cell]") && !e.ctrlKey && !e.metaKey && !e.altKey) return cellKey(e);
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea, dialog")) return;
    const page = Date.now() - afterG < 1500 && $(`[data-go="${CSS.escape(e.key)}"]`);
    afterG = 0;
    if (page) return page.click();
    if (Object.hasOwn(keys, e.key)) { e.preventDefault(); keys[e.key](); }
  });
})();
