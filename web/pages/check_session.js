// SPDX-License-Identifier: Apache-2.0
// The frame of OpenID Connect Session Management 1.0: says whether the browser's state is the one
// that a client was told of. What a session_state is made of: src/oidc/authorize/session_management.h.
(function () {
  'use strict';
  var name = document.body.dataset.cookie + '=';
  var half = 16;

  function cookie() {
    var found = document.cookie.split('; ').filter(function (one) { return one.indexOf(name) === 0; });
    return found.length ? found[0].slice(name.length) : '';
  }

  function bytes(text) {
    var raw = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    return Uint8Array.from(raw, function (c) { return c.charCodeAt(0); });
  }

  function answer(message, origin) {
    var asked = /^(\S+) ([\w-]{22})\.([\w-]{22})\.([\w-]{16})$/.exec(message);
    var here = /^([\w-]{22})\.([\w-]{22})$/.exec(cookie());
    if (!asked || !here) return Promise.resolve('error');
    var text = new TextEncoder().encode([asked[1], origin, here[1], asked[4]].join(' '));
    return crypto.subtle.digest('SHA-256', text).then(function (digest) {
      var hash = new Uint8Array(digest);
      var covered = bytes(asked[3]);
      var state = bytes(here[2]);
      // Another browser's, another site's, or from where this frame's cookies are not.
      if (bytes(asked[2]).some(function (b, i) { return b !== hash[i]; })) return 'error';
      return covered.some(function (b, i) { return (b ^ hash[half + i]) !== state[i]; }) ? 'changed' : 'unchanged';
    });
  }

  // Where cookies are withheld and a grant stands already; it asks nobody.
  try {
    if (!cookie() && document.requestStorageAccess) document.requestStorageAccess().catch(function () {});
  } catch (ignored) { /* as if there were none */ }

  addEventListener('message', function (event) {
    if (!event.source || event.origin === 'null') return;
    new Promise(function (done) { done(answer(event.data, event.origin)); })
      .catch(function () { return 'error'; })
      .then(function (word) { event.source.postMessage(word, event.origin); });
  });
})();
