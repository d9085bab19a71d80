// The pages of an inspector on a phone. What is handed in (forms with data-offline, photos too) is kept in this browser first, sent with
// the request id of its form, so that it acts once, and dropped when the server has taken it; without a network it waits. What the server
// refuses stays, with the reason, until its author takes it back or drops it. What is typed and not handed in is kept as a draft. All of
// it is shown and sent only while the same person is signed in. Signatures are drawn where there is a script; the worker keeps pages
// readable. Without script all forms are sent as always.
(function () {
  "use strict";
  var bar = document.querySelector("[data-kept]");
  if (!bar || !window.indexedDB || !window.fetch || !window.FormData) { return; }
  var who = bar.dataset.kept, words = bar.dataset, box = bar.firstElementChild, text = box.querySelector("p"), list = box.querySelector("ul");
  var photos = document.querySelector("form[data-locate]"), result = document.querySelector("form[data-offline]:not([data-locate])");
  var draftKey = "draft " + who + " " + window.location.pathname, busy = false, out = false, queue = Promise.resolve();

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
  var put = function (p) { return store("readwrite", function (s) { return s.put(p); }); };
  var drop = function (key) { return store("readwrite", function (s) { return s.delete(key); }); };
  var kept = function () {
    return store("readonly", function (s) { return s.getAll(); }).then(function (all) {
      return all.filter(function (p) { return p.who === who && !p.draft; }).sort(function (a, b) { return a.at - b.at; });
    });
  };
  var newID = function () {
    return Array.prototype.map.call(crypto.getRandomValues(new Uint8Array(16)), function (b) { return (b + 256).toString(16).slice(1); }).join("");
  };
  var home = function (p) { return p.action.replace(/\/photos$/, ""); }; // the page of its task
  var field = function (p, name) {
    var f = p.fields.filter(function (f) { return f[0] === name; })[0];
    return f ? f[1] : "";
  };

  // What is kept, one line each: what it is, why it was refused, what may be done with it.
  var button = function (li, label, act) {
    var b = document.createElement("button");
    b.type = "button";
    b.className = "btn plain";
    b.textContent = label;
    b.addEventListener("click", act);
    li.appendChild(b);
  };
  var line = function (p) {
    var li = document.createElement("li"), a = document.createElement("a"), at = new Date(p.at);
    a.href = home(p);
    a.textContent = p.title;
    li.appendChild(a);
    li.appendChild(document.createTextNode(" " + (p.multipart ? words.photo + " " + field(p, "file").name : words.result) + " " +
      at.toLocaleString(document.documentElement.lang, { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) + " "));
    if (p.refused) {
      var why = document.createElement("strong");
      why.textContent = p.why;
      li.appendChild(why);
      p.fields.forEach(function (f) { // who wrote it can read it, wherever it is to go now
        if (/^words/.test(f[0]) && f[1]) {
          var said = document.createElement("p");
          said.className = "words";
          said.textContent = f[1];
          li.appendChild(said);
        }
      });
    }
    if (!p.multipart && result && home(p) === window.location.pathname) {
      button(li, words.back, function () { drop(p.request).then(function () { fill(p.fields); return save(); }).then(show); });
    } else if (p.multipart || p.refused) {
      button(li, words.drop, function () { if (window.confirm(words.sure)) { drop(p.request).then(show); } });
    }
    return li;
  };
  var show = function () {
    return kept().then(function (all) {
      var refused = all.some(function (p) { return p.refused; }), away = navigator.onLine === false;
      var say = all.length ? (refused ? words.refused : words.waits).replace("{0}", String(all.length)) : "";
      text.textContent = [away ? words.away : "", out ? words.out : "", say, window.location.search === "?away" ? words.unknown : ""].filter(Boolean).join(" ");
      if (out) {
        var a = document.createElement("a");
        a.href = window.location.pathname;
        a.textContent = words.signin;
        text.appendChild(document.createTextNode(" "));
        text.appendChild(a);
      }
      list.textContent = "";
      all.forEach(function (p) { list.appendChild(line(p)); });
      bar.hidden = !text.textContent;
      // While a result waits the form would only write a second one.
      if (result) { result.hidden = all.some(function (p) { return !p.multipart && home(p) === window.location.pathname; }); }
      return all;
    });
  };

  // send resolves with why it was refused, "" if it was taken, and rejects if it cannot be sent now.
  var send = function (p) {
    var data = new FormData();
    p.fields.forEach(function (f) { if (f[2]) { data.append(f[0], f[1], f[2]); } else { data.append(f[0], f[1]); } });
    return fetch(p.action, { method: "POST", body: p.multipart ? data : new URLSearchParams(data), credentials: "same-origin" }).then(function (answer) {
      out = answer.status === 401;
      if (out || answer.status >= 500 || answer.status === 429) { throw new Error("not now"); }
      if (answer.ok && answer.redirected) { return ""; }
      return answer.text().then(function (html) {
        var page = new DOMParser().parseFromString(html, "text/html"), said = page.querySelector(".errors li") || page.querySelector("h1");
        return said ? said.textContent.trim() : String(answer.status);
      });
    });
  };
  // run sends what waits, in its order, until something cannot be sent.
  var run = function () {
    var mine = "";
    busy = true;
    var next = function (all) {
      var p = all.shift();
      if (!p) { return null; }
      return send(p).then(function (why) {
        if (home(p) === window.location.pathname && !why) { mine = mine === "result" || !p.multipart ? "result" : "photo"; }
        p.refused = why !== "";
        p.why = why;
        return p.refused ? put(p) : drop(p.request);
      }).then(function () { return next(all); });
    };
    return kept().then(function (all) { return next(all.filter(function (p) { return !p.refused; })); }).catch(function () { /* later */ }).then(function () {
      busy = false;
      if (mine === "result") { return drop(draftKey).then(function () { window.location.assign(window.location.pathname); }); }
      return Promise.all([mine && renew(), show()]);
    });
  };
  var flush = function () {
    queue = queue.then(run, run);
    return queue;
  };
  // renew shows the photos that have arrived, and leaves alone what is being typed.
  var renew = function () {
    var here = document.querySelector("[data-photos]");
    return fetch(window.location.pathname).then(function (answer) { return answer.text(); }).then(function (html) {
      var there = new DOMParser().parseFromString(html, "text/html").querySelector("[data-photos]");
      if (here && there) { here.replaceChildren.apply(here, Array.from(there.childNodes)); }
    }).catch(function () { /* with the next page */ });
  };
  window.addEventListener("online", flush);
  window.addEventListener("offline", show);
  setInterval(function () { if (!busy) { flush(); } }, 30000);

  // A draft of the result.
  var typed = function (form) {
    var fields = [];
    new FormData(form).forEach(function (value, name) { if (typeof value === "string") { fields.push([name, value]); } });
    return fields;
  };
  var save = function () {
    return put({ request: draftKey, who: who, draft: true, fields: typed(result) });
  };
  var fill = function (fields) {
    fields.forEach(function (f) {
      if (/^(act|request|at)$/.test(f[0])) { return; }
      Array.prototype.forEach.call(result.querySelectorAll("[name='" + CSS.escape(f[0]) + "']"), function (el) {
        if (el.type === "radio") { el.checked = el.value === f[1]; } else { el.value = f[1]; }
        el.dispatchEvent(new CustomEvent("filled"));
      });
    });
    result.elements.namedItem("request").value = newID(); // what was sent before is not what is sent now
    result.elements.namedItem("at").value = "";
  };
  if (result) {
    ["input", "change"].forEach(function (name) {
      result.addEventListener(name, save); // at once: who goes away after a letter keeps it
    });
    if (!document.querySelector("[data-focus]")) { // else the page shows what was typed
      store("readonly", function (s) { return s.get(draftKey); }).then(function (p) { if (p) { fill(p.fields); } });
    }
  } else {
    drop(draftKey); // somebody has handed in
  }

  var now = function (at) { return at.toISOString().replace(/\.\d+Z$/, "Z"); };
  var hold = function (form, on) { Array.prototype.forEach.call(form.querySelectorAll("button"), function (b) { b.disabled = on; }); };
  // take keeps what a form hands in, tries to send it, and says what became of it.
  var take = function (records) {
    return Promise.all(records.map(put)).then(flush).then(kept).then(function (all) {
      return all.filter(function (p) { return records.some(function (r) { return r.request === p.request; }); });
    });
  };
  var record = function (form, request, multipart, fields) {
    return { request: request, who: who, at: Date.now(), title: document.querySelector("h1").textContent, action: form.getAttribute("action"), multipart: multipart, fields: fields };
  };
  var tell = function () {
    box.focus();
    bar.scrollIntoView();
  };
  if (result) {
    result.addEventListener("submit", function (e) {
      e.preventDefault();
      result.elements.namedItem("at").value = now(new Date());
      var p = record(result, result.elements.namedItem("request").value, false, typed(result));
      hold(result, true);
      save().then(function () { return take([p]); }).then(function (left) {
        hold(result, false);
        if (left.length && left[0].refused) { // a page that says what is wrong; the draft has what was typed
          drop(p.request).then(function () { result.submit(); });
        } else if (left.length) {
          tell();
        }
      });
    });
  }
  if (photos) {
    var input = photos.querySelector("input[type=file]"), place = ["lat", "lon"].map(function (name) { return photos.elements.namedItem(name); });
    input.multiple = true;
    photos.addEventListener("submit", function (e) {
      e.preventDefault();
      input.setCustomValidity(input.files.length ? "" : words.none);
      if (!input.reportValidity()) { return; }
      var records = Array.prototype.map.call(input.files, function (file) {
        var id = newID(), taken = new Date(Math.min(file.lastModified || Date.now(), Date.now()));
        return record(photos, id, true, [["request", id], ["lat", place[0].value], ["lon", place[1].value], ["taken", now(taken)], ["file", file, file.name]]);
      });
      photos.reset(); // at once: the next one may be chosen while these are sent
      place.forEach(function (f) { f.value = ""; });
      take(records).then(function (left) {
        if (left.length) { tell(); }
      });
    });
    // Where the photo is taken.
    input.addEventListener("change", function () {
      input.setCustomValidity("");
      if (!navigator.geolocation) { return; }
      navigator.geolocation.getCurrentPosition(function (at) {
        place[0].value = String(Math.round(at.coords.latitude * 1e6));
        place[1].value = String(Math.round(at.coords.longitude * 1e6));
      }, function () { /* then without a place */ }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
    });
  }

  // Signatures are kept as strokes in whole numbers: a path.
  document.querySelectorAll("[data-sign]").forEach(function (sign) {
    var canvas = sign.querySelector("canvas"), again = sign.querySelector("button"), strokes = sign.querySelector("input"), pen = canvas.getContext("2d"), last = null;
    if (!pen || !window.PointerEvent) { return; }
    canvas.hidden = again.hidden = false;
    pen.lineWidth = 2;
    var draw = function () {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.stroke(new Path2D(strokes.value));
    };
    var at = function (e) {
      var r = canvas.getBoundingClientRect();
      return [Math.max(0, Math.round((e.clientX - r.left) * canvas.width / r.width)), Math.max(0, Math.round((e.clientY - r.top) * canvas.height / r.height))];
    };
    canvas.addEventListener("pointerdown", function (e) {
      last = at(e);
      canvas.setPointerCapture(e.pointerId);
      strokes.value += "M" + last[0] + " " + last[1];
    });
    canvas.addEventListener("pointermove", function (e) {
      var p = at(e);
      if (!last || Math.abs(p[0] - last[0]) + Math.abs(p[1] - last[1]) < 2) { return; }
      last = p;
      strokes.value += "L" + p[0] + " " + p[1];
      draw();
    });
    ["pointerup", "pointercancel"].forEach(function (name) {
      canvas.addEventListener(name, function () {
        last = null;
        strokes.dispatchEvent(new Event("change", { bubbles: true }));
      });
    });
    again.addEventListener("click", function () {
      strokes.value = "";
      draw();
      strokes.dispatchEvent(new Event("change", { bubbles: true }));
    });
    strokes.addEventListener("filled", draw);
    draw();
  });

  // What is fetched the worker keeps: the pages of the visits to come, and of this page what came before there was a worker.
  if (navigator.serviceWorker) {
    var ahead = function (files) {
      files.concat((words.ahead || "").split(" ")).filter(Boolean).reduce(function (before, file) {
        return before.then(function () { return fetch(file); });
      }, Promise.resolve()).catch(function () { /* the network is away already */ });
    };
    navigator.serviceWorker.addEventListener("controllerchange", function () {
      var files = [window.location.pathname];
      document.querySelectorAll("link[rel=stylesheet], script[src]").forEach(function (el) { files.push(el.href || el.src); });
      ahead(files);
    }, { once: true });
    if (navigator.serviceWorker.controller) { ahead([]); }
    navigator.serviceWorker.register("/desk/inspections/offline.js", { scope: "/desk/inspections" }).catch(function () { /* pages then need the network */ });
  }
  flush();
})();
