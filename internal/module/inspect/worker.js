// Pages of an inspector stay readable without a network: each that was seen is kept, and shown when the network is away. What is sent
// is no business of this worker: inspect.js keeps it until the server has it. A page that was never seen leads to the list, which says so.
// Signing out empties it (tongban.js).
"use strict";
var CACHE = "inspections-1", HOME = "/desk/inspections";
self.addEventListener("install", function (e) { e.waitUntil(self.skipWaiting()); });
self.addEventListener("activate", function (e) { e.waitUntil(self.clients.claim()); });
self.addEventListener("fetch", function (e) {
  var url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== self.location.origin) { return; }
  e.respondWith(fetch(e.request).then(function (answer) {
    if (answer.ok && !answer.redirected && url.pathname.indexOf("/photos/") < 0) {
      var copy = answer.clone();
      e.waitUntil(caches.open(CACHE).then(function (c) { return c.put(e.request, copy); }));
    }
    return answer;
  }).catch(function () {
    return caches.match(e.request, { ignoreVary: true, ignoreSearch: url.pathname === HOME }).then(function (kept) {
      return kept || (e.request.mode === "navigate" && url.pathname !== HOME ? Response.redirect(HOME + "?away") : Response.error());
    });
  }));
});
