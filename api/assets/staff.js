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
      /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== 'radio';
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
    if (isTyping || !action) return;
    event.preventDefault();
    action();
  });
})();
