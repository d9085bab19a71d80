// Passkeys (WebAuthn): a form with data-passkey asks the server what to sign, the device to sign it, and then sends the answer.
// Without script, or where the browser knows no passkeys, the form stays hidden.
(function () {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) { return; }
  var bytes = function (text) {
    var raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, function (c) { return c.charCodeAt(0); });
  };
  var text = function (buffer) {
    if (!buffer) { return undefined; }
    return btoa(String.fromCharCode.apply(null, new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  var listed = function (keys) {
    return (keys || []).map(function (k) { return { type: k.type, id: bytes(k.id), transports: k.transports }; });
  };
  var ask = function (how, o) {
    o.challenge = bytes(o.challenge);
    if (how === "create") {
      o.user.id = bytes(o.user.id);
      o.excludeCredentials = listed(o.excludeCredentials);
      return navigator.credentials.create({ publicKey: o });
    }
    o.allowCredentials = listed(o.allowCredentials);
    return navigator.credentials.get({ publicKey: o });
  };
  var written = function (c) {
    var r = c.response;
    return JSON.stringify({ id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(),
      authenticatorAttachment: c.authenticatorAttachment || undefined,
      response: { clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject), authenticatorData: text(r.authenticatorData),
        signature: text(r.signature), userHandle: text(r.userHandle), transports: r.getTransports ? r.getTransports() : undefined } });
  };
  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    var field = form.querySelector("[name=answer]"), said = form.querySelector("[data-said]");
    form.hidden = false;
    form.addEventListener("submit", function (e) {
      e.preventDefault();
      var why = form.dataset.failed; // never the browser's own words
      said.textContent = "";
      fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)) }).then(function (answer) {
        return answer.json();
      }).then(function (answer) {
        if (!answer.options) { why = answer.text || why; throw new Error(why); }
        return ask(form.dataset.passkey, answer.options);
      }).then(function (key) {
        field.value = written(key);
        form.submit();
      }).catch(function () { said.textContent = why; });
    });
  });
})();
