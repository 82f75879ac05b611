// SPDX-License-Identifier: Apache-2.0
// Passkeys and security keys, on the pages that have a form for them (form[data-webauthn]): asks
// the browser, and sends what it said. All that differs from page to page is in attributes.
(function () {
  'use strict';
  var form = document.querySelector('form[data-webauthn]');
  if (!form || !window.PublicKeyCredential || !navigator.credentials) return;
  var button = form.querySelector('button[data-start]');
  var failed = form.querySelector('[data-failed]');
  var waiting = null; // the conditional request, until the button takes over

  function bytes(text) {
    var raw = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    return Uint8Array.from(raw, function (c) { return c.charCodeAt(0); });
  }

  function text(buffer) {
    var raw = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(raw).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  }

  function withBytes(list) {
    return (list || []).map(function (one) { return { type: one.type, id: bytes(one.id) }; });
  }

  function options() {
    var o = JSON.parse(form.dataset.options);
    o.challenge = bytes(o.challenge);
    if (o.user) o.user.id = bytes(o.user.id);
    if (o.excludeCredentials) o.excludeCredentials = withBytes(o.excludeCredentials);
    if (o.allowCredentials) o.allowCredentials = withBytes(o.allowCredentials);
    return o;
  }

  function answer(credential) {
    var said = { id: credential.id, type: credential.type, response: {},
      clientExtensionResults: { credProps: credential.getClientExtensionResults().credProps } };
    ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'].forEach(function (name) {
      if (credential.response[name]) said.response[name] = text(credential.response[name]);
    });
    return JSON.stringify(said);
  }

  function send(credential) {
    var remember = document.getElementById('remember');
    form.elements.answer.value = answer(credential);
    if (form.elements.remember && remember && remember.checked) form.elements.remember.value = '1';
    form.submit();
  }

  function ask(extra) {
    var request = Object.assign({ publicKey: options() }, extra);
    return navigator.credentials[form.dataset.webauthn](request).then(send);
  }

  function start() {
    if (waiting) waiting.abort();
    failed.hidden = true;
    ask({}).catch(function () { failed.hidden = false; });
  }

  // The browser offers passkeys in the field for the name, and says nothing if there is none.
  function offer() {
    waiting = new AbortController();
    ask({ mediation: 'conditional', signal: waiting.signal }).catch(function () {});
  }

  form.hidden = false;
  button.hidden = false;
  button.addEventListener('click', start);
  if ('conditional' in form.dataset && PublicKeyCredential.isConditionalMediationAvailable) {
    PublicKeyCredential.isConditionalMediationAvailable().then(function (can) { if (can) offer(); });
  }
})();
