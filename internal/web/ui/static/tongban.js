// Improves pages that work without it. No dependency; runs on Chromium 86 and later.
(function () {
  "use strict";
  var all = function (selector, act) { document.querySelectorAll(selector).forEach(act); };

  // The error summary takes the focus, and its links lead into the field.
  var errors = document.querySelector("[data-focus]");
  if (errors) {
    errors.focus();
    errors.addEventListener("click", function (e) {
      var link = e.target.closest("a[href^='#']");
      var field = link && document.getElementById(link.getAttribute("href").slice(1));
      if (!field) { return; }
      e.preventDefault();
      var input = field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea, button");
      var block = field.closest(".field") || field;
      block.scrollIntoView();
      (input || field).focus({ preventScroll: true });
    });
  }

  // Copy buttons. Without the clipboard of a secure context, an old way that works on plain HTTP.
  var copy = function (text) {
    if (navigator.clipboard && window.isSecureContext) { return navigator.clipboard.writeText(text); }
    var area = document.createElement("textarea");
    area.value = text;
    area.className = "quiet";
    document.body.appendChild(area);
    area.select();
    var ok = document.execCommand("copy");
    area.remove();
    return ok ? Promise.resolve() : Promise.reject(new Error("copy"));
  };
  all("[data-copy]", function (button) {
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    var label = button.getAttribute("aria-label"), text = button.textContent;
    button.addEventListener("click", function () {
      copy(button.dataset.copy).then(function () {
        button.textContent = button.dataset.done;
        button.setAttribute("aria-label", button.dataset.done);
        setTimeout(function () { button.textContent = text; button.setAttribute("aria-label", label); }, 3000);
      }, function () {
        var code = button.parentNode.querySelector("code, strong");
        if (code) { window.getSelection().selectAllChildren(code); }
      });
    });
  });

  all("[data-print]", function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  // Save what is typed whenever a field is left, one request after the other, and say so. Without script the buttons save.
  all("form[data-autosave]", function (form) {
    var status = form.querySelector("[data-saved]"), version = form.querySelector("[name=version]");
    var words = status.querySelector("span"), leaving = false, again = false, busy = false, held = false, button = null;
    words.textContent = form.dataset.autosave;
    // What is on its way changes the version that the page must send: the page waits for it, not to clash with itself.
    form.addEventListener("submit", function (e) {
      leaving = true;
      if (busy) {
        e.preventDefault();
        held = true;
        button = e.submitter;
      }
    });
    var save = function () {
      if (leaving) { return; }
      if (busy) { again = true; return; }
      busy = true;
      var body = new URLSearchParams(new FormData(form));
      body.set("autosave", "1");
      fetch(form.action, { method: "POST", body: body, keepalive: true, headers: { Accept: "application/json" } }).then(function (answer) {
        return answer.headers.get("Content-Type").indexOf("json") < 0 ? Promise.reject(new Error("no answer")) : answer.json();
      }).then(function (saved) {
        if (saved.version) { version.value = saved.version; }
        status.textContent = saved.text + " " + form.dataset.autosave;
        status.dataset.saved = saved.version ? "done" : "not";
      }).catch(function () {
        status.textContent = form.dataset.failed;
      }).then(function () {
        busy = false;
        if (held) {
          held = false;
          form.requestSubmit(button);
        } else if (again) {
          again = false;
          save();
        }
      });
    };
    form.addEventListener("change", save);
  });

  // Read the page aloud, where the browser has a voice.
  all("[data-read]", function (button) {
    if (!window.speechSynthesis || !window.SpeechSynthesisUtterance) { return; }
    button.hidden = false;
    var start = button.textContent, reading = false;
    var show = function (on) { reading = on; button.textContent = on ? button.dataset.stop : start; };
    speechSynthesis.cancel();
    button.addEventListener("click", function () {
      speechSynthesis.cancel();
      if (reading) { show(false); return; }
      // A sentence at a time: some voices give up on long texts.
      var parts = document.getElementById("main").innerText.split(/\n+|[。;;]/).filter(function (s) { return s.trim(); });
      parts.forEach(function (part, i) {
        var u = new SpeechSynthesisUtterance(part);
        u.lang = document.documentElement.lang;
        u.rate = 0.9;
        if (i === parts.length - 1) { u.onend = function () { show(false); }; }
        speechSynthesis.speak(u);
      });
      show(parts.length > 0);
    });
  });

  // Shortcuts: an element with data-key="n" is used by the key n, never while typing. "?" lists them; they can be switched off.
  var keyed = {}, keys = document.getElementById("keys");
  all("[data-key]", function (el) { keyed[el.dataset.key] = el; });
  if (keys && Object.keys(keyed).length) {
    var stored = function () { try { return localStorage.getItem("keys") === "off"; } catch (e) { return false; } };
    var off = stored(), tick = keys.querySelector("[data-keys-off]"), list = keys.querySelector(".key-list");
    var line = function (key, words) {
      var div = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = key;
      dd.textContent = words;
      div.appendChild(dt);
      div.appendChild(dd);
      list.appendChild(div);
    };
    line("?", list.dataset.help);
    Object.keys(keyed).sort().forEach(function (k) { line(k, (keyed[k].getAttribute("aria-label") || keyed[k].textContent).trim()); });
    keys.hidden = false;
    tick.checked = off;
    tick.addEventListener("change", function () {
      off = tick.checked;
      try { localStorage.setItem("keys", off ? "off" : "on"); } catch (e) { /* this page only */ }
    });
    document.addEventListener("keydown", function (e) {
      var typing = e.target.closest && e.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
      if (off || typing || e.ctrlKey || e.altKey || e.metaKey || e.isComposing) { return; }
      if (e.key === "?") {
        keys.open = true;
        keys.querySelector("summary").focus();
      } else if (keyed[e.key]) {
        e.preventDefault();
        keyed[e.key].focus();
        if (keyed[e.key].matches("a, button, summary")) { keyed[e.key].click(); }
      }
    });
  }
})();
