// The pages of an inspector on a phone: what is handed in without a network (forms with data-offline, photos too) is kept in this
// browser until the server has it, and sent with the request id of its form, so that it acts once. It is sent only while the same
// person is signed in; nothing is thrown away unless the server has taken it. Signatures are drawn where there is a script; the
// worker keeps pages readable. Without script all forms are sent as always.
(function () {
  "use strict";
  var bar = document.querySelector("[data-kept]");
  if (!bar || !window.indexedDB || !window.fetch || !window.FormData) { return; }
  var who = bar.dataset.kept, text = bar.querySelector("[data-kept-text]"), sending = false;
  if (navigator.serviceWorker) {
    navigator.serviceWorker.register("/desk/inspections/offline.js", { scope: "/desk/inspections" }).catch(function () { /* pages then need the network */ });
  }
  var open = function () {
    return new Promise(function (yes, no) {
      var r = indexedDB.open("inspections", 1);
      r.onupgradeneeded = function () { r.result.createObjectStore("kept", { keyPath: "request" }); };
      r.onsuccess = function () { yes(r.result); };
      r.onerror = function () { no(r.error); };
    });
  };
  var store = function (mode, act) {
    return open().then(function (db) {
      return new Promise(function (yes, no) {
        var t = db.transaction("kept", mode), r = act(t.objectStore("kept"));
        t.oncomplete = function () { db.close(); yes(r && r.result); };
        t.onerror = t.onabort = function () { db.close(); no(t.error); };
      });
    });
  };
  var all = function () {
    return store("readonly", function (s) { return s.getAll(); }).then(function (list) {
      return list.filter(function (p) { return p.who === who; }).sort(function (a, b) { return a.at - b.at; });
    });
  };
  var show = function () {
    return all().then(function (list) {
      var refused = list.filter(function (p) { return p.refused; });
      bar.hidden = list.length === 0;
      text.textContent = (refused.length ? text.dataset.keptRefused : text.dataset.keptText).replace("{0}", String(list.length));
      if (refused.length) {
        var a = document.createElement("a");
        a.href = refused[0].action.replace(/\/photos$/, "");
        a.textContent = " " + a.pathname;
        text.appendChild(a);
      }
    });
  };
  // send resolves with the address to go on to, or rejects if the network is away.
  var send = function (p) {
    var data = new FormData();
    p.fields.forEach(function (f) { if (f[2]) { data.append(f[0], f[1], f[2]); } else { data.append(f[0], f[1]); } });
    var body = p.multipart ? data : new URLSearchParams(p.fields);
    return fetch(p.action, { method: "POST", body: body, credentials: "same-origin" }).then(function (answer) {
      if (answer.status >= 500 || answer.status === 401 || answer.status === 429) { throw new Error("not now"); }
      if (answer.redirected && new URL(answer.url).pathname.indexOf("/signin") === 0) { throw new Error("signed out"); }
      return answer.ok && answer.redirected ? answer.url : "";
    });
  };
  var flush = function () {
    if (sending) { return Promise.resolve(); }
    sending = true;
    var next = function (list) {
      if (!list.length) { return Promise.resolve(); }
      var p = list.shift();
      return send(p).then(function (url) {
        if (url) { return store("readwrite", function (s) { return s.delete(p.request); }); }
        p.refused = true;
        return store("readwrite", function (s) { return s.put(p); });
      }).then(function () { return next(list); });
    };
    return all().then(function (list) { return next(list.filter(function (p) { return !p.refused; })); }).catch(function () { /* later */ }).then(function () {
      sending = false;
      return show();
    });
  };
  window.addEventListener("online", flush);
  setInterval(flush, 30000);
  document.querySelectorAll("form[data-offline]").forEach(function (form) {
    form.addEventListener("submit", function (e) {
      e.preventDefault();
      var now = new Date().toISOString().replace(/\.\d+Z$/, "Z"), set = function (name, value) {
        var f = form.querySelector("[name=" + name + "]");
        if (f && !f.value) { f.value = value; }
      };
      set("at", now);
      set("taken", now);
      var fields = [], data = new FormData(form);
      data.forEach(function (value, name) {
        if (typeof value === "string") { fields.push([name, value]); } else if (value.size) { fields.push([name, value, value.name]); }
      });
      var p = { request: data.get("request"), who: who, at: Date.now(), action: form.getAttribute("action"), multipart: form.enctype === "multipart/form-data", fields: fields };
      form.querySelectorAll("button").forEach(function (b) { b.disabled = true; });
      // Kept first: a browser that is closed in the middle has it still.
      store("readwrite", function (s) { return s.put(p); }).then(function () { return send(p); }).then(function (url) {
        return store("readwrite", function (s) { return s.delete(p.request); }).then(function () {
          if (url) { window.location.assign(url); } else { form.submit(); } // a page that says what is wrong
        });
      }).catch(function () {
        form.dispatchEvent(new CustomEvent("kept"));
        return show();
      });
    });
  });
  // Where the photo is taken.
  document.querySelectorAll("form[data-locate] input[type=file]").forEach(function (input) {
    input.addEventListener("change", function () {
      if (!navigator.geolocation) { return; }
      navigator.geolocation.getCurrentPosition(function (at) {
        input.form.querySelector("[name=lat]").value = String(Math.round(at.coords.latitude * 1e6));
        input.form.querySelector("[name=lon]").value = String(Math.round(at.coords.longitude * 1e6));
      }, function () { /* then without a place */ }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
    });
  });
  // Signatures are kept as strokes in whole numbers: a path.
  document.querySelectorAll("[data-sign]").forEach(function (box) {
    var canvas = box.querySelector("canvas"), again = box.querySelector("button"), field = box.querySelector("input"), pen = canvas.getContext("2d"), down = false;
    if (!pen || !window.PointerEvent) { return; }
    canvas.hidden = again.hidden = false;
    pen.lineWidth = 2;
    var at = function (e) {
      var r = canvas.getBoundingClientRect();
      return [Math.max(0, Math.round((e.clientX - r.left) * canvas.width / r.width)), Math.max(0, Math.round((e.clientY - r.top) * canvas.height / r.height))];
    };
    canvas.addEventListener("pointerdown", function (e) {
      var p = at(e);
      down = true;
      canvas.setPointerCapture(e.pointerId);
      pen.beginPath();
      pen.moveTo(p[0], p[1]);
      field.value += "M" + p[0] + " " + p[1];
    });
    canvas.addEventListener("pointermove", function (e) {
      if (!down) { return; }
      var p = at(e);
      pen.lineTo(p[0], p[1]);
      pen.stroke();
      field.value += "L" + p[0] + " " + p[1];
    });
    canvas.addEventListener("pointerup", function () { down = false; });
    again.addEventListener("click", function () {
      field.value = "";
      pen.clearRect(0, 0, canvas.width, canvas.height);
    });
  });
  flush();
})();
