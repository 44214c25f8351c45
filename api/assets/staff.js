// Keys of the staff console; every one of them presses something that is on the page.
(() => {
  'use strict';
  const rows = () => [...document.querySelectorAll('[data-keys] [data-row]')];
  let current = -1;

  const show = (index) => {
    const all = rows();
    if (all.length === 0) return;
    current = Math.max(0, Math.min(index, all.length - 1));
    for (const row of all) delete row.dataset.current;
    const row = all[current];
    row.dataset.current = 'yes';
    row.querySelector('[data-open]')?.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  };

  const actions = {
    j: () => show(current + 1),
    k: () => show(current - 1),
    c: () => rows()[current]?.querySelector('[data-claim]')?.click(),
    x: () => rows()[current]?.querySelector('[data-tick]')?.click(),
    n: () => document.querySelector('[data-claim-next]')?.requestSubmit(),
    '?': () => {
      const help = document.querySelector('[data-keys-help]');
      help?.scrollIntoView({ block: 'center' });
      help?.setAttribute('tabindex', '-1');
      help?.focus();
    },
  };

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping =
      /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) &&
      !/^(radio|checkbox)$/.test(event.target.type);
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
    if (isTyping || !action) return;
    event.preventDefault();
    action();
  });
})();

// Counts of the inbox stay fresh while somebody looks; a page that nobody touches stops asking, so that its session ends.
(() => {
  'use strict';
  const counted = () => [...document.querySelectorAll('[data-count]')];
  if (counted().length === 0) return;
  const everyMs = 15_000;
  const idleMsMax = 15 * 60_000;
  let touchedAt = Date.now();
  let first;
  for (const sign of ['pointerdown', 'keydown', 'focus']) {
    window.addEventListener(sign, () => {
      touchedAt = Date.now();
    });
  }
  const look = async () => {
    if (document.hidden || Date.now() - touchedAt > idleMsMax) return;
    const answer = await fetch('/api/v1/tasks/counts', { headers: { accept: 'application/json' } });
    if (!answer.ok) return;
    const counts = await answer.json();
    for (const place of counted()) {
      const count = counts[place.dataset.count] ?? 0;
      place.textContent = String(count);
      const shown = place.closest('.badge') ?? place;
      if (shown !== place || place.classList.contains('chip-count')) shown.hidden = count === 0;
    }
    const all = JSON.stringify(counts);
    first ??= all;
    const changed = document.querySelector('[data-counts-changed]');
    if (changed) changed.hidden = all === first;
  };
  const begin = () => void look().catch(() => undefined);
  begin();
  setInterval(begin, everyMs);
})();
