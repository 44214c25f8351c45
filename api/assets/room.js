// The client room and the partner portal: what helps and is not needed.
(() => {
  'use strict';
  // The strip of the menu is longer than a telephone is wide.
  document
    .querySelector('.rail [aria-current]')
    ?.scrollIntoView({ inline: 'center', block: 'nearest' });

  // Seconds that are left, counted from when the page was read: the clock of the machine may be wrong.
  const ends = new WeakMap();
  setInterval(() => {
    for (const place of document.querySelectorAll('[data-seconds-left]')) {
      if (!ends.has(place))
        ends.set(place, performance.now() + Number(place.dataset.secondsLeft) * 1000);
      const left = Math.max(0, Math.ceil((ends.get(place) - performance.now()) / 1000));
      place.textContent = String(left);
    }
  }, 250);

  // A look at the picture before it is sent; as a data URL, which the policy of the page allows.
  document.addEventListener('change', (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || !input.dataset.preview) return;
    const image = document.getElementById(input.dataset.preview);
    const file = input.files && input.files[0];
    if (!image) return;
    image.hidden = true;
    if (!file || !/^image\/(jpeg|png)$/.test(file.type)) return;
    const reader = new FileReader();
    reader.addEventListener('load', () => {
      image.src = reader.result;
      image.hidden = false;
    });
    reader.readAsDataURL(file);
  });
})();
