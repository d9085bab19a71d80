// A form with data-resend survives a network that drops: what was sent is kept in the session storage of this tab, under the name of
// who is signed in, until the server has answered; it is sent again with the same request id, so that it acts once. It is thrown away on
// signing out, when somebody else signs in, and after half an hour. Without script a form is sent as always.
(function () {
  "use strict";
  var bar = document.querySelector("[data-unsent]"), KEY = "unsent", EVERY = 5000, OLD = 30 * 60 * 1000, busy = false, timer = null;
  if (!bar || !window.fetch || !window.URLSearchParams) { return; }
  var store = {
    get: function () { try { return JSON.parse(sessionStorage.getItem(KEY)); } catch (e) { return null; } },
    put: function (p) { try { sessionStorage.setItem(KEY, JSON.stringify(p)); } catch (e) { /* this page only */ } },
    drop: function () { try { sessionStorage.removeItem(KEY); } catch (e) { /* nothing is kept */ } }
  };
  // Nothing may be changed while it waits, since what is sent again is what was sent.
  var freeze = function (form) {
    form.querySelectorAll("input, textarea").forEach(function (f) { f.readOnly = true; });
    form.querySelectorAll("select, button, [type=radio], [type=checkbox]").forEach(function (f) { f.disabled = true; });
  };
  var post = function (p) {
    var form = document.createElement("form");
    form.method = "post";
    form.action = p.action;
    new URLSearchParams(p.body).forEach(function (value, name) {
      var f = document.createElement("input");
      f.type = "hidden";
      f.name = name;
      f.value = value;
      form.appendChild(f);
    });
    document.body.appendChild(form);
    form.submit();
  };
  var send = function (p) {
    if (busy) { return; }
    busy = true;
    clearTimeout(timer);
    fetch(p.action, { method: "POST", body: new URLSearchParams(p.body), credentials: "same-origin" }).then(function (answer) {
      if (answer.status >= 502 && answer.status <= 504) { throw new Error("the server is not there"); }
      store.drop();
      if (answer.redirected && answer.ok) { window.location.assign(answer.url); } else { post(p); } // a page that says what is wrong
    }).catch(function () {
      busy = false;
      store.put(p);
      bar.hidden = false;
      if (p.form) { freeze(p.form); }
      timer = setTimeout(function () { send(p); }, EVERY);
    });
  };
  window.addEventListener("online", function () {
    var p = store.get();
    if (p) { send(p); }
  });
  document.querySelectorAll("form[data-resend]").forEach(function (form) {
    var reached = false;
    form.addEventListener("submit", function (e) {
      var by = e.submitter, anchored = by && by.name && by.name !== "act"; // such as a row more, which leads to its place on the page
      if (e.defaultPrevented || reached) { reached = false; return; }
      e.preventDefault();
      var data = new FormData(form);
      if (by && by.name) { data.append(by.name, by.value); }
      var p = { who: bar.dataset.unsent, at: Date.now(), action: form.getAttribute("action"), body: new URLSearchParams(data).toString() };
      Object.defineProperty(p, "form", { value: form }); // is not stored
      if (!anchored) { send(p); return; }
      // The browser itself keeps the place, but would throw away what is typed if the line is down: first see whether the server answers.
      fetch(document.querySelector("link[rel=icon]").href, { method: "HEAD", cache: "no-store" }).then(function () {
        reached = true;
        form.requestSubmit(by);
      }, function () { send(p); });
    });
  });
  var left = store.get();
  if (!left) { return; }
  if (left.who !== bar.dataset.unsent || Date.now() - left.at > OLD) { store.drop(); return; }
  bar.hidden = false;
  send(left);
})();
