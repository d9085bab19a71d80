// The verify page: checks a receipt, and what is printed on one, with the program's own code, compiled to WebAssembly. The file is read here and
// goes nowhere; of what is printed only public files of the log are asked for. Without script, or where the browser knows no WebAssembly, the
// form stays hidden.
(function () {
  "use strict";
  var form = document.querySelector("form[data-verify]");
  if (!form || typeof WebAssembly !== "object") { return; }
  var words = form.dataset;
  var verdict = document.querySelector("[data-verdict]");
  var told = document.querySelector("[data-told]");
  var follow = document.querySelector("[data-follow]");
  var paper = form.elements.printed;
  var loading = null;
  var load = function () {
    loading = loading || new Promise(function (done, failed) {
      var script = document.createElement("script");
      script.src = words.exec;
      script.onload = done;
      script.onerror = failed;
      document.head.appendChild(script);
    }).then(function () {
      var go = new window.Go();
      return WebAssembly.instantiateStreaming(fetch(words.verify), go.importObject).then(function (made) {
        return new Promise(function (done) {
          window.tongbanReady = done;
          go.run(made.instance);
        });
      });
    });
    return loading;
  };
  var show = function (text, long) {
    verdict.className = "notice";
    verdict.textContent = text;
    told.textContent = long || "";
    told.hidden = !long;
    follow.hidden = true;
  };
  var answered = function (answer) {
    var lines = answer.text.trim().split("\n");
    show(lines[lines.length - 1], answer.holds ? answer.text : "");
    verdict.className = answer.holds ? "notice success" : "notice warning";
  };
  var read = function (path) {
    return fetch(words.log + path, { cache: "no-cache" }).then(function (r) {
      if (!r.ok) { throw new Error(path); }
      return r.arrayBuffer();
    }).then(function (body) { return new Uint8Array(body); });
  };
  // known asks the site whether it has a case of this number and evidence number: of that the log says nothing. How far the case is the
  // site tells for the code beside the other QR code, which stands on the paper and nowhere else.
  var known = function (answer) {
    if (!answer.holds) { return; }
    return fetch(words.known + answer.case + "/" + answer.leaf).then(function (r) {
      if (r.status === 404) { answered({ text: words.stranger, holds: false }); }
      if (!r.ok) { return; }
      follow.querySelector("a").href = words.progress + answer.case;
      follow.hidden = false;
    }).catch(function () { }); // it does not answer: the log has
  };
  var check = function (file) {
    show(words.busy);
    Promise.all([file ? file.text() : "", load()]).then(function (got) {
      if (file) { return answered(window.tongbanVerify(words.lang, got[0], form.elements.keys.value, paper.value)); }
      return window.tongbanPrinted(words.lang, paper.value, form.elements.keys.value, read).then(function (answer) {
        answered(answer);
        return known(answer);
      });
    }).catch(function () { loading = null; show(words.broken); }).then(function () { verdict.focus(); });
  };
  form.hidden = false;
  form.addEventListener("submit", function (e) {
    e.preventDefault();
    var file = form.elements.receipt.files[0];
    if (!file && !paper.value.trim()) { show(words.missing); verdict.focus(); return; }
    if (file && file.size > Number(words.max)) { show(words.large); verdict.focus(); return; }
    check(file);
  });
  // scanned is what the QR code of a printed receipt has brought here.
  var scanned = function () {
    if (!/^#\d+\./.test(location.hash)) { return; }
    paper.value = location.hash.slice(1);
    check(null);
  };
  window.addEventListener("hashchange", scanned);
  scanned();
})();
