// The verify page: checks a receipt with the program's own code, compiled to WebAssembly. The file is read here and goes nowhere.
// Without script, or where the browser knows no WebAssembly, the form stays hidden.
(function () {
  "use strict";
  var form = document.querySelector("form[data-verify]");
  if (!form || typeof WebAssembly !== "object") { return; }
  var words = form.dataset;
  var verdict = document.querySelector("[data-verdict]");
  var told = document.querySelector("[data-told]");
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
  };
  form.hidden = false;
  form.addEventListener("submit", function (e) {
    e.preventDefault();
    var file = form.elements.receipt.files[0];
    if (!file) { show(words.missing); verdict.focus(); return; }
    if (file.size > Number(words.max)) { show(words.large); verdict.focus(); return; }
    show(words.busy);
    Promise.all([file.text(), load()]).then(function (got) {
      var answer = window.tongbanVerify(words.lang, got[0], form.elements.keys.value);
      var lines = answer.text.trim().split("\n");
      show(lines[lines.length - 1], answer.holds ? answer.text : "");
      verdict.className = answer.holds ? "notice success" : "notice warning";
      verdict.focus();
    }).catch(function () { loading = null; show(words.broken); verdict.focus(); });
  });
})();
