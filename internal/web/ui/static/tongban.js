// Improves pages that work without it. No dependency; runs on Chromium 86 and later.
(function () {
  "use strict";
  var all = function (selector, act) { document.querySelectorAll(selector).forEach(act); };

  // What a form could not send (resend.js) does not outlive who signed in.
  var forget = function () { try { sessionStorage.clear(); } catch (e) { /* nothing is kept */ } };
  all("form[action='/signout'], form[action='/terminal/end']", function (form) { form.addEventListener("submit", forget); });
  if (document.querySelector("form[action='/signin']")) { forget(); }

  // The error summary, or what says that an act is done, takes the focus; its links lead into the field.
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

  // Words of a correction notice that are rewritten go on it; those of a point that is not ticked any more are as they were.
  all(".point", function (point) {
    var tick = point.querySelector("[type=checkbox]"), words = point.querySelector("[name^='words.']");
    var preset = words.dataset.preset || words.defaultValue;
    words.addEventListener("input", function () { if (words.value !== preset) { tick.checked = true; } });
    tick.addEventListener("change", function () { if (!tick.checked) { words.value = preset; } });
  });

  // A tick in the head of a list ticks all of its rows on this page, or none; how many are ticked is said.
  all("[data-pick-all]", function (label) {
    var head = label.querySelector("input"), said = label.parentNode.querySelector("[data-picked]"), table = label.closest("table");
    var rows = table.querySelectorAll("tbody .pick input");
    var count = function () {
      var n = table.querySelectorAll("tbody .pick input:checked").length;
      head.checked = n === rows.length;
      head.indeterminate = n > 0 && n < rows.length;
      return n;
    };
    label.hidden = !rows.length;
    table.addEventListener("change", function (e) {
      if (e.target === head) { rows.forEach(function (row) { row.checked = head.checked; }); }
      said.textContent = said.dataset.picked.replace("#", count());
    });
    window.addEventListener("pageshow", count); // Back keeps the ticks
  });

  all("[data-print]", function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  // While words are typed, what they find is shown to choose from (ARIA's combobox with a list). The box says where to ask and
  // what to say; pick is called with the option that was chosen. With lone, Enter takes the only one there is. What is found for
  // words that were changed meanwhile is thrown away, and nothing is asked before a short rest.
  var combo = function (box, input, host, lone, pick) {
    var list = document.createElement("ul"), count = document.createElement("p"), turn = 0, at = -1, rest = null;
    list.id = input.id + "-list";
    list.className = "lookup-list";
    count.className = "quiet";
    count.setAttribute("role", "status");
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.labels[0].textContent);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    host.appendChild(list);
    host.classList.add("lookup");
    box.appendChild(count);
    var show = function (on) {
      list.hidden = !on;
      input.setAttribute("aria-expanded", String(on));
      if (!on) { input.removeAttribute("aria-activedescendant"); at = -1; }
    };
    var stop = function () { turn++; clearTimeout(rest); show(false); };
    var mark = function (i) {
      var options = list.children;
      if (!options.length) { return; }
      at = (i + options.length) % options.length;
      Array.prototype.forEach.call(options, function (o, k) { o.setAttribute("aria-selected", String(k === at)); });
      options[at].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[at].id);
    };
    var option = function (one, i) {
      var o = document.createElement("li");
      o.id = list.id + "-" + i;
      o.setAttribute("role", "option");
      o.setAttribute("aria-selected", "false");
      o.dataset.value = one.value;
      o.dataset.label = one.label;
      o.textContent = one.label;
      if (one.hint) {
        var hint = document.createElement("small");
        hint.textContent = one.hint;
        o.appendChild(hint);
      }
      return o;
    };
    var search = function () {
      var mine = ++turn;
      fetch(box.dataset.lookup + "?q=" + encodeURIComponent(input.value.trim())).then(function (answer) {
        return answer.ok ? answer.json() : Promise.reject(new Error("no answer"));
      }).then(function (found) {
        if (mine !== turn) { return; } // more was typed meanwhile
        list.textContent = "";
        found.forEach(function (one, i) { list.appendChild(option(one, i)); });
        at = -1;
        show(found.length > 0);
        count.textContent = found.length ? box.dataset.count.replace("#", found.length) : box.dataset.none;
        count.classList.toggle("quiet", found.length > 0);
      }).catch(function () {
        if (mine !== turn) { return; }
        show(false);
        count.classList.remove("quiet");
        count.textContent = box.dataset.failed;
      });
    };
    var take = function (o) {
      stop();
      pick(o.dataset.value, o.dataset.label);
      count.textContent = o.dataset.label;
    };
    stop();
    input.addEventListener("input", function () {
      stop();
      if (input.value.trim()) { rest = setTimeout(search, 120); return; }
      count.textContent = "";
      pick("", ""); // emptied: no answer
    });
    input.addEventListener("keydown", function (e) {
      if (e.isComposing) { return; }
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        e.preventDefault();
        if (list.hidden) { search(); } else { mark(at + (e.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1)); }
      } else if (e.key === "Escape" && !list.hidden) {
        e.preventDefault();
        stop();
      } else if (e.key === "Enter" && !list.hidden && (at >= 0 || lone && list.children.length === 1)) {
        e.preventDefault();
        take(list.children[Math.max(at, 0)]);
      }
    });
    input.addEventListener("blur", stop);
    list.addEventListener("mousedown", function (e) { e.preventDefault(); }); // keeps the focus in the input
    list.addEventListener("click", function (e) {
      var o = e.target.closest("li");
      if (o) { take(o); }
    });
  };

  // The search box of services leads to the one that is chosen; Enter on none sends the words.
  all("form[data-lookup]", function (form) {
    var input = form.querySelector("input[type=search]");
    combo(form, input, input.parentNode, false, function (value) {
      if (value) { window.location.assign(value); }
    });
  });

  // A long list of answers. The answer is the checked radio button, as it is without script; the words beside it are its label.
  all("div[data-lookup]", function (box) {
    var input = box.querySelector("input[type=text]"), was = box.querySelector("input[type=hidden]"), find = box.querySelector("button");
    var name = find.value;
    var choose = function (value, label) {
      var old = box.querySelector("fieldset"), kept = document.createElement("input");
      if (old) { old.remove(); }
      all("[data-kept='" + name + "']", function (e) { e.remove(); });
      kept.type = "hidden";
      kept.name = name;
      kept.value = value;
      kept.dataset.kept = name;
      box.appendChild(kept);
      input.value = was.value = label;
    };
    find.hidden = true;
    combo(box, input, find.parentNode, true, function (value, label) {
      choose(value, label);
      if (value) { input.dispatchEvent(new Event("change", { bubbles: true })); }
    });
    var chosen = box.querySelector("input:checked");
    if (chosen && !input.value) { choose(chosen.value, chosen.labels[0].textContent); }
    box.addEventListener("change", function (e) { // of what the server found
      if (e.target.type === "radio") { choose(e.target.value, e.target.labels[0].textContent); }
    });
  });

  // Save what is typed whenever a field is left, one request after the other, and say so. Without script the buttons save.
  all("form[data-autosave]", function (form) {
    var status = form.querySelector("[data-saved]"), version = form.querySelector("[name=version]");
    var words = status.querySelector("span"), leaving = false, again = false, busy = false, held = false, button = null;
    words.textContent = form.dataset.autosave;
    var waiting = form.querySelector("[data-waiting]"), stop = null;
    var goOn = function () { // sends the page as it stands now
      held = busy = false;
      waiting.hidden = true;
      form.requestSubmit(button);
    };
    // What is on its way changes the version that the page must send: the page waits for it, not to clash with itself. If no
    // answer comes it says so, and whoever fills it in may go on; after a while it goes on by itself.
    form.addEventListener("submit", function (e) {
      leaving = true;
      if (busy) {
        e.preventDefault();
        held = true;
        button = e.submitter;
        setTimeout(function () { waiting.hidden = !held; }, 1500);
      }
    });
    waiting.querySelector("button").addEventListener("click", function () {
      var old = stop;
      stop = null;
      goOn();
      if (old) { old.abort(); }
    });
    var save = function () {
      if (leaving) { return; }
      if (busy) { again = true; return; }
      busy = true;
      var mine = stop = new AbortController(), patience = setTimeout(function () { mine.abort(); }, 20000);
      var body = new URLSearchParams(new FormData(form));
      body.set("autosave", "1");
      fetch(form.action, { method: "POST", body: body, keepalive: true, signal: mine.signal, headers: { Accept: "application/json" } }).then(function (answer) {
        return answer.headers.get("Content-Type").indexOf("json") < 0 ? Promise.reject(new Error("no answer")) : answer.json();
      }).then(function (saved) {
        if (saved.version) { version.value = saved.version; }
        status.textContent = saved.text + " " + form.dataset.autosave;
        status.dataset.saved = saved.version ? "done" : "not";
      }).catch(function () {
        if (mine === stop) { status.textContent = form.dataset.failed; }
      }).then(function () {
        clearTimeout(patience);
        if (mine !== stop) { return; } // nobody waits for it any more
        busy = false;
        if (held) {
          goOn();
        } else if (again) {
          again = false;
          save();
        }
      });
    };
    form.addEventListener("change", save);
  });

  // Say before a session ends because nothing is done, and let one stay. What is done in another tab counts too. Without script
  // nothing warns; what is typed is kept over the sign-in in either case.
  all("[data-idle]", function (box) {
    var soon = 5 * 60 * 1000, key = "used", end = Date.now() + Number(box.dataset.idle) * 1000, timer;
    var over = box.querySelector("[data-over]"), words = box.querySelector("[data-soon]"), stay = box.querySelector("[data-stay]");
    var told = function () { try { return Number(localStorage.getItem(key)) || 0; } catch (e) { return 0; } };
    var tell = function () { try { localStorage.setItem(key, String(end)); } catch (e) { /* this tab only */ } };
    var show = function () {
      end = Math.max(end, told());
      var left = end - Date.now();
      box.hidden = left > soon;
      words.hidden = left <= 0;
      stay.hidden = left <= 0;
      over.hidden = left > 0;
      clearTimeout(timer);
      if (left > 0) { timer = setTimeout(show, left > soon ? left - soon : left); }
    };
    stay.addEventListener("click", function () {
      fetch("/account/stay", { method: "POST" }).then(function (answer) {
        return answer.ok ? answer.json() : { left: 0 };
      }).then(function (answer) {
        try { localStorage.removeItem(key); } catch (e) { /* this tab only */ }
        end = Date.now() + answer.left * 1000;
        tell();
        box.dataset.stayed = answer.left;
        show();
      }, show); // no answer: the line may be down for a moment
    });
    tell();
    show();
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

  // Pages that were kept for a time without a network (inspect.js) go when somebody signs out.
  all('form[action="/signout"]', function (form) {
    form.addEventListener("submit", function () {
      if (window.caches) { caches.keys().then(function (list) { list.forEach(function (name) { caches.delete(name); }); }); }
    });
  });

  // Escape closes what was opened last around the focus (更多, 筛选条件), and the focus goes back to what opened it.
  document.addEventListener("keydown", function (e) {
    var open = e.key === "Escape" && !e.defaultPrevented && e.target.closest && e.target.closest("details[open]");
    if (!open) { return; }
    open.open = false;
    open.querySelector("summary").focus();
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
    Object.keys(keyed).sort().forEach(function (k) { line(k, (keyed[k].dataset.does || keyed[k].getAttribute("aria-label") || keyed[k].textContent).trim()); });
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

  // A public terminal forgets its user: after a while without a touch it asks, then ends. Pages are not stored; one that comes
  // back all the same (Back) is asked for anew.
  var root = document.documentElement, idle = Number(root.dataset.forget), asks = document.querySelector("[data-idle-warning]");
  if (root.classList.contains("terminal")) {
    window.addEventListener("pageshow", function (e) { if (e.persisted) { location.reload(); } });
    all("a[href^='tel:'], a[href^='mailto:'], a[href^='http']", function (link) {
      if (link.origin !== location.origin) { link.removeAttribute("href"); }
    });
    all("form", function (form) { form.setAttribute("autocomplete", "off"); });
  }
  if (idle && asks) {
    var last = Date.now(), before = null, end = asks.querySelector("a").href;
    var touched = function (e) {
      last = Date.now();
      if (asks.hidden || e.type !== "click" && asks.contains(e.target)) { return; }
      asks.hidden = true;
      if (before) { before.focus(); }
    };
    ["pointerdown", "keydown", "scroll"].forEach(function (name) { document.addEventListener(name, touched, { capture: true, passive: true }); });
    asks.querySelector("[data-go-on]").addEventListener("click", touched);
    setInterval(function () {
      var gone = (Date.now() - last) / 1000;
      if (gone >= idle) { location.replace(end); return; }
      if (gone < idle * 2 / 3 || !asks.hidden) { return; }
      before = document.activeElement;
      asks.hidden = false;
      asks.querySelector("[data-go-on]").focus();
    }, 250);
  }
})();
