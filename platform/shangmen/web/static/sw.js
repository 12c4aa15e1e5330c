// The pages at the door without a network: what was read, and what phone.js asked for, stays readable.
// Pages come from the network while there is one; the files that they use carry their version in their address.
"use strict";

const PAGES = "pages", ASSETS = "assets";
const PATIENCE = 6000;
const AT_THE_DOOR = /^\/phone(\/visits\/\d+)?\/?$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const soon = (promise) => Promise.race([
  promise,
  new Promise((_, refuse) => setTimeout(() => refuse(new Error("slow")), PATIENCE)),
]);

// Today's page stands under its day: tomorrow it is another.
const key = (address) => {
  const url = new URL(address);
  if (/^\/phone\/?$/.test(url.pathname) && !url.searchParams.get("day")) {
    url.searchParams.set("day", new Date().toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" }));
  }
  return url.origin + url.pathname.replace(/\/$/, "") + url.search;
};

const asset = async (request) => {
  const cache = await caches.open(ASSETS);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
};

const page = async (request) => {
  const cache = await caches.open(PAGES);
  try {
    const answer = await soon(fetch(request));
    if (answer.status >= 500) throw new Error(String(answer.status));
    if (answer.ok && !answer.redirected) await cache.put(key(request.url), answer.clone());
    return answer;
  } catch (away) {
    const kept = await cache.match(key(request.url), { ignoreVary: true });
    if (kept) return kept;
    throw away;
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(asset(request));
  else if (request.mode === "navigate" && AT_THE_DOOR.test(url.pathname)) event.respondWith(page(request));
});
