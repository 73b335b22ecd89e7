// ---- dark or light ----

{
  const themes = ['auto', 'light', 'dark'];
  const button = byId('theme-button');
  const stored = localStorage.getItem('theme');

  const show = theme => {
    document.documentElement.dataset.theme = theme;
    setText(button, 'Theme: ' + theme);
    document.dispatchEvent(new Event('theme'));
  };

  button.addEventListener('click', () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
    localStorage.setItem('theme', next);
    show(next);
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => document.dispatchEvent(new Event('theme')));
  show(themes.includes(stored) ? stored : 'auto');
}

/** What a colour of the style sheet is in the theme of the moment. */
const colour = (() => {
  const probe = make('span', {hidden: true});
  document.body.append(probe);
  let known = new Map();
  document.addEventListener('theme', () => known = new Map());
  return name => {
    if (!known.has(name)) {
      probe.className = 'colour-' + name;
      known.set(name, getComputedStyle(probe).color);
    }
    return known.get(name);
  };
})();
