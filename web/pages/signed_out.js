// SPDX-License-Identifier: Apache-2.0
// Goes on once the applications' frames are there, or were given their time. A Refresh header does
// the same, later, where no script runs.
(function () {
  'use strict';
  var onward = document.querySelector('[data-onward]');
  var patience = 3000;

  function go() {
    location.replace(onward.dataset.onward);
  }

  if (!onward) return;
  addEventListener('load', go);
  setTimeout(go, patience);
})();
