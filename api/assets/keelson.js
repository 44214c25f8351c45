// What makes pages quicker; everything works without it.
(() => {
  'use strict';
  const localise = (root) => {
    for (const time of root.querySelectorAll('time[datetime]')) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      time.textContent =
        at.toLocaleString(undefined, {
          dateStyle: 'medium',
          timeStyle: 'short',
        }) +
        ' ' +
        (at.toLocaleTimeString(undefined, { timeZoneName: 'short' }).split(' ').pop() ?? '');
    }
  };
  localise(document);
  document.addEventListener('htmx:load', (event) => localise(event.detail.elt));
  // Without a clipboard the text is still on the page: the button is shown only where it works.
  const offerCopies = (root) => {
    if (!navigator.clipboard) return;
    for (const button of root.querySelectorAll('[data-copy]')) button.hidden = false;
  };
  offerCopies(document);
  document.addEventListener('htmx:load', (event) => offerCopies(event.detail.elt));
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]');
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    const words = button.firstChild;
    words.textContent = 'Copied';
    setTimeout(() => {
      words.textContent = 'Copy';
    }, 2000);
  });
  document.querySelector('[data-focus]')?.focus();

  document.addEventListener('keydown', (event) => {
    const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey) {
      const search = document.getElementById('search');
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.target.form?.requestSubmit();
    }
  });
})();
