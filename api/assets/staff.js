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

// The policy editor is read anew when a choice asks for other fields. Whoever is quicker than the answer loses nothing:
// what was typed since it was sent goes into the new form, and what was pressed is pressed there, with its revision.
(() => {
  'use strict';
  let sent;
  const forget = () => {
    sent = undefined;
  };
  const isTick = (field) => field.type === 'checkbox' || field.type === 'radio';
  const keyOf = (field) => (isTick(field) ? `${field.name}=${field.value}` : field.name);
  const stateOf = (field) => (isTick(field) ? field.checked : field.value);
  const fieldsOf = (form) =>
    [...form.elements].filter((field) =>
      field.matches('input:not([type=hidden]), select, textarea'),
    );
  const statesOf = (form) => new Map(fieldsOf(form).map((field) => [keyOf(field), stateOf(field)]));

  const putInto = (form, states) => {
    for (const field of fieldsOf(form)) {
      const state = states.get(keyOf(field));
      if (state === undefined) continue;
      if (isTick(field)) field.checked = state;
      else if (field.tagName !== 'SELECT') field.value = state;
      else if ([...field.options].some((option) => option.value === state)) field.value = state;
    }
  };

  document.addEventListener('htmx:confirm', (event) => {
    if (sent === undefined || event.detail.elt !== sent.form) return;
    event.preventDefault();
    sent.pressed = { value: event.detail.triggeringEvent?.submitter?.value };
  });
  document.addEventListener('htmx:beforeRequest', (event) => {
    const form = event.detail.elt;
    if (form.matches('form[hx-post]')) sent = { form, states: statesOf(form) };
  });
  document.addEventListener('htmx:afterSwap', (event) => {
    if (sent === undefined || sent.form.isConnected) return;
    const { form: old, states, pressed } = sent;
    forget();
    const form = [...document.querySelectorAll('form[hx-post]')].find(
      (each) => each.getAttribute('hx-post') === old.getAttribute('hx-post'),
    );
    if (!form) return;
    const typed = [...statesOf(old)].filter(([key, state]) => states.get(key) !== state);
    putInto(form, new Map(typed));
    // After a refusal it is for the person to press again: somebody else may have been quicker.
    if (pressed === undefined || event.detail.xhr.status !== 200) return;
    const buttons = [...form.querySelectorAll('button[name="do"]')];
    const button = buttons.find(({ value }) => value === (pressed.value ?? 'save'));
    document.addEventListener('htmx:afterSettle', () => button?.click(), { once: true });
  });
  for (const failure of ['sendError', 'responseError', 'swapError', 'timeout', 'sendAbort']) {
    document.addEventListener(`htmx:${failure}`, forget);
  }
  window.addEventListener('pageshow', forget);
})();
