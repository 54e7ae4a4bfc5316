/* The sign at a meeting point names an alarm by its code; this phone knows its own link to it. */
'use strict';
const found = document.getElementById('found');
try {
  const path = JSON.parse(localStorage.getItem('lagebild-alarms') || '{}')[found.dataset.code];
  if (/^\/a\/[\w-]+$/.test(path || '')) {
    found.querySelector('form').action = path + location.search;
    found.hidden = false;
  }
} catch { /* a browser that keeps nothing: the text says what to do */ }
