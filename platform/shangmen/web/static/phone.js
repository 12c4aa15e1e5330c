// The telephone's outbox: every step of a visit goes through it, with a network too, and is sent once. What waits
// survives a reload, a restart, an update and the end of the session. Without this file the forms are posted.
"use strict";

(() => {
  const body = document.body;
  const user = Number(body.dataset.user);
  const words = body.dataset;
  const visit = Number(document.querySelector("[data-visit]")?.dataset.visit ?? 0);
  const able = user > 0 && "locks" in navigator && "indexedDB" in window; // elsewhere the forms are posted
  const PAGES = "pages", ASSETS = "assets";
  const AT_ONCE = 15000; // what is sent so soon happened when it is heard of
  const AGAIN = 30000; // the next try
  const TIMEOUT = 20000;
  const REFRESH = 15 * 60000; // what is kept of the days ahead is asked for anew

  // --- what waits, in IndexedDB ---------------------------------------------------------------------------------
  const opened = new Promise((done, refuse) => {
    const request = indexedDB.open("shangmen", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("outbox", { keyPath: "key" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => refuse(request.error);
  });
  const store = async (mode, work) => {
    const database = await opened;
    return new Promise((done, refuse) => {
      const transaction = database.transaction("outbox", mode, { durability: "strict" });
      const request = work(transaction.objectStore("outbox"));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => refuse(transaction.error);
    });
  };
  const waiting = async () => (await store("readonly", (box) => box.getAll())).sort((a, b) => a.happened - b.happened);
  const own = async () => (await waiting()).filter((item) => item.user === user);

  // --- what was typed and not sent yet ---------------------------------------------------------------------------
  const NOT_TYPED = new Set(["_csrf_token", "once", "unsent", "latitude", "longitude", "accuracy", "position_absent",
    "device_at", "fixed_at", "kind", "upright", "told"]);
  const place = (form) => `draft:${user}:${visit}:${form.id}`;
  const remember = (form) => {
    const typed = [...new FormData(form)].filter(([name, value]) => !NOT_TYPED.has(name) && typeof value === "string" && value !== "");
    if (typed.length) localStorage.setItem(place(form), JSON.stringify(typed));
    else localStorage.removeItem(place(form));
  };
  const recall = (form) => {
    const typed = JSON.parse(localStorage.getItem(place(form)) ?? "[]");
    for (const [name, value] of typed) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.type === "checkbox" || field.type === "radio") field.checked ||= field.value === value;
        else if (!field.value) field.value = value;
        const fold = field.closest("details");
        if (fold && (field.checked || field.type === "text")) fold.open = true;
      }
    }
  };
  const forgetDrafts = () => {
    for (const name of Object.keys(localStorage)) if (name.startsWith("draft:")) localStorage.removeItem(name);
  };

  // --- what is shown ------------------------------------------------------------------------------------------------
  const line = document.querySelector("[data-outbox]");
  const today = () => new Date().toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
  const told = () => JSON.parse(localStorage.getItem(`told:${user}`) ?? "[]");
  const say = (text, kind = "info", link = null) => {
    const note = document.createElement("p");
    note.textContent = text;
    if (link) note.append(" ", Object.assign(document.createElement("a"), link));
    const box = Object.assign(document.createElement("div"), { className: `notice ${kind}` });
    box.setAttribute("role", kind === "error" ? "alert" : "status");
    box.append(note);
    return box;
  };
  // Whether what is told ends the visit: no alarm does, nor who goes again today.
  const ends = (item) => {
    const said = Object.fromEntries(item.fields);
    return Boolean(said.next) && said.next !== "again_today";
  };
  const show = async (loggedOut = false) => {
    const mine = await own();
    const others = (await waiting()).length - mine.length;
    const here = new Set(mine.filter((item) => item.visit === visit).map((item) => item.verb));
    if (mine.some((item) => item.visit === visit && item.verb === "tell" && ends(item))) here.add("check_out");
    const place = document.querySelector("[data-visit]");
    const later = place?.dataset.later && place.dataset.later > today();
    const boxes = told().map((one) => say(`${one.title}: ${one.sentence}`, "error"));
    if (mine.length) boxes.push(say(words.waiting.replace("{}", mine.length), "info"));
    if (others) boxes.push(say(words.others.replace("{}", others), "info"));
    if (loggedOut && mine.length) {
      const link = { href: `/login?next=${encodeURIComponent(location.pathname + location.search)}`, textContent: words.login };
      boxes.push(say(words.loggedout, "warning", link));
    }
    line?.replaceChildren(...boxes);
    for (const part of document.querySelectorAll("[data-step]")) {
      const step = part.dataset.step;
      const now = here.has("check_out") ? "kept" : here.has("check_in") ? "check_out"
        : later ? "later" : place?.dataset.later ? "check_in" : null;
      part.hidden = now ? step !== now : part.dataset.server !== "yes";
    }
    const pictures = mine.filter((item) => item.visit === visit && item.verb === "photo").length;
    const kept = document.querySelector("[data-pictures]");
    if (kept) kept.textContent = pictures ? kept.dataset.pictures.replace("{}", pictures) : "";
    for (const link of document.querySelectorAll("a.phone-visit")) {
      const id = Number(/\/visits\/(\d+)/.exec(link.getAttribute("href"))?.[1]);
      link.classList.toggle("kept", mine.some((item) => item.visit === id));
    }
  };

  // --- sending ---------------------------------------------------------------------------------------------------
  const ask = (address, more = {}) =>
    fetch(address, { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(TIMEOUT), ...more });
  const ticket = async () => {
    const answer = await ask("/phone/ticket");
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };
  const post = async (item, csrf) => {
    const form = item.fields.some(([, value]) => value instanceof Blob) ? new FormData() : new URLSearchParams();
    for (const [name, value] of item.fields) form.append(name, value);
    const now = Date.now();
    const late = now - item.happened > AT_ONCE || item.tried;
    form.set("_csrf_token", csrf);
    form.set("once", item.key);
    form.set("verb", item.verb);
    form.set("visit", String(item.visit));
    form.set("user", String(item.user));
    form.set("device_at", String(now));
    if (late) {
      form.set("queued_at", String(item.happened));
      form.set("waited", "yes");
    }
    const answer = await ask("/phone/events", { method: "POST", body: form });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return { state: "logged_out" };
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    return answer.json();
  };

  const keepPage = async (address) => {
    if (!("caches" in window)) return;
    const page = await ask(address);
    if (page.ok) await (await caches.open(PAGES)).put(new URL(address, location.origin).href, page);
  };

  // Sends what waits, one after the other, oldest first; what became of `asked`, if it was among them.
  const flush = (asked = "") => navigator.locks.request("outbox", async () => {
    let loggedOut = false, result = null;
    try {
      const mine = await own();
      const pass = mine.length ? await ticket() : null;
      loggedOut = mine.length > 0 && pass === null;
      for (const item of pass && pass.user === user ? mine : []) {
        if (item.key !== asked) item.tried = true;
        const answer = await post(item, pass.csrf);
        if (answer.state === "logged_out" || answer.state === "other") {
          loggedOut = true;
          break;
        }
        if (item.key === asked) result = answer;
        if (answer.state === "refused" && item.key !== asked) item.kept = true;
        if (answer.state === "kept" || item.kept) {
          localStorage.setItem(`told:${user}`, JSON.stringify([...told(), { title: item.title, sentence: answer.sentence }]));
        }
        await store("readwrite", (box) => box.delete(item.key));
        await keepPage(`/phone/visits/${item.visit}`).catch(() => null);
      }
    } catch {
      // no network, or nobody there: what waits goes on waiting, as something that was tried
      const mine = await own();
      for (const item of mine.filter((one) => !one.tried)) {
        item.tried = true;
        await store("readwrite", (box) => box.put(item));
      }
    }
    await show(loggedOut);
    return result;
  });

  // How many photos of this visit the phone has sent or keeps: the check-out waits for them, whatever comes first.
  const photographed = (more = 0) => {
    const name = `photos:${user}:${visit}`;
    const count = Math.max(0, Number(localStorage.getItem(name) ?? 0) + more);
    localStorage.setItem(name, String(count));
    return count;
  };
  const device = () => {
    if (!localStorage.getItem("device")) localStorage.setItem("device", crypto.randomUUID().replaceAll("-", ""));
    return localStorage.getItem("device");
  };

  // --- a step ---------------------------------------------------------------------------------------------------
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  };
  const step = async (form) => {
    const fields = [...new FormData(form)].filter(([name]) => name !== "_csrf_token" && name !== "once")
      .concat([["device", device()]]);
    const verb = form.dataset.verb;
    if (verb === "check_out") fields.push(["photos", String(photographed())]);
    const given = Object.fromEntries(fields);
    if (verb === "check_out" && !given.signature && !given.confirmation) {
      release(form);
      line?.prepend(say(words.unsigned, "error"));
      window.scrollTo(0, 0);
      return;
    }
    const item = {
      key: crypto.randomUUID().replaceAll("-", ""), version: 1, user, visit, verb,
      title: document.querySelector("h1")?.textContent.trim() ?? "", happened: Date.now(), fields,
    };
    await store("readwrite", (box) => box.put(item));
    if (verb === "photo") photographed(1);
    const answer = await flush(item.key);
    release(form);
    if (answer?.state === "refused") {
      if (verb === "photo") photographed(-1);
      form.dataset.plain = "yes"; // the page with what is wrong, as without this file
      form.requestSubmit();
      return;
    }
    localStorage.removeItem(place(form));
    form.reset();
    if (answer?.state === "booked") location.reload();
    else window.scrollTo(0, 0);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !able || !form.dataset.verb || form.dataset.plain) return;
    event.preventDefault();
    step(form).catch(() => {
      release(form);
      form.dataset.plain = "yes"; // this browser keeps nothing: the form is posted
      form.requestSubmit();
    });
  });

  // --- log-out, another person, the days ahead ----------------------------------------------------------------------
  const wipe = async () => {
    forgetDrafts();
    localStorage.removeItem(`told:${user}`);
    if ("caches" in window) await caches.delete(PAGES);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!able || !form.matches("[data-logout]") || form.dataset.sure) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    (async () => {
      await flush();
      const left = (await own()).length;
      release(form);
      if (left && !window.confirm(words.leaving.replace("{}", left))) return;
      await wipe();
      form.dataset.sure = "yes";
      form.requestSubmit();
    })();
  }, true);

  const keepAhead = async () => {
    if (!("caches" in window) || Date.now() - Number(localStorage.getItem("ahead") ?? 0) < REFRESH) return;
    const answer = await ask("/phone/ahead");
    if (!answer.ok) return;
    const ahead = await answer.json();
    if (ahead.user !== user) return;
    const assets = await caches.open(ASSETS), pages = await caches.open(PAGES);
    for (const address of ahead.assets) if (!(await assets.match(address))) await assets.add(address);
    for (const address of ahead.pages) await keepPage(address);
    const wanted = new Set([...ahead.assets, ...ahead.pages].map((address) => new URL(address, location.origin).href));
    for (const cache of [assets, pages]) {
      for (const request of await cache.keys()) if (!wanted.has(request.url)) await cache.delete(request);
    }
    localStorage.setItem("ahead", String(Date.now()));
  };

  document.addEventListener("DOMContentLoaded", () => {
    const steps = [...document.querySelectorAll("form[data-verb]")];
    for (const form of steps) {
      recall(form);
      for (const kind of ["input", "change"]) form.addEventListener(kind, () => remember(form));
    }
  });
  const begin = async () => {
    if (localStorage.getItem("user") !== String(user)) {
      await wipe();
      localStorage.removeItem("ahead");
      localStorage.setItem("user", String(user));
    }
    if (document.querySelector(".notice.success")) localStorage.removeItem(`told:${user}`);
    await show();
    if ("serviceWorker" in navigator) {
      await navigator.serviceWorker.register("/sw.js", { scope: "/phone" }).catch(() => null);
    } else if (line) {
      line.append(say(words.unable, "info"));
    }
    await flush();
    await keepAhead().catch(() => null);
  };
  if (able) begin();
  for (const news of ["online", "focus"]) window.addEventListener(news, () => able && flush());
  document.addEventListener("visibilitychange", () => !document.hidden && able && flush());
  window.setInterval(() => navigator.onLine && able && flush(), AGAIN);
})();
