// ---- elements, numbers and times ----

const byId = id => document.getElementById(id);

/** An element: make('li.event', {title: 'x'}, 'text', child, ...). Text is never taken for markup. */
function make(what, attributes = {}, ...children) {
  const [name, ...classes] = what.split('.');
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

/** Changes the text only if it is another one, so that screen readers and selections are left alone. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A state in words, with a colour and a shape beside them. */
function setChip(chip, kind, text) {
  chip.hidden = false;
  chip.dataset.kind = kind;
  setText(chip, text);
}

const short = hash => (hash || '').slice(0, 8);

const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
const day = new Intl.DateTimeFormat(undefined, {day: 'numeric', month: 'short'});

/** The time of day, and the day if it is not today's. */
function timeOf(instant) {
  const date = new Date(instant);
  const today = date.toDateString() === new Date().toDateString();
  return today ? clock.format(date) : day.format(date) + ', ' + clock.format(date).slice(0, 5);
}

const timeElement = (instant, attributes = {}) =>
  make('time', {datetime: instant, title: new Date(instant).toISOString(), ...attributes}, timeOf(instant));

/** A length of time in its two largest units. */
function span(seconds) {
  const s = Math.max(0, seconds);
  if (s < 0.001) return Math.round(s * 1e6) + ' µs';
  if (s < 1) return (s < 0.01 ? (s * 1000).toFixed(1) : Math.round(s * 1000)) + ' ms';
  if (s < 10) return s.toFixed(1) + ' s';
  if (s < 60) return Math.round(s) + ' s';
  if (s < 3600) return Math.floor(s / 60) + ' min ' + Math.floor(s % 60) + ' s';
  if (s < 86400) return Math.floor(s / 3600) + ' h ' + Math.floor(s % 3600 / 60) + ' min';
  return Math.floor(s / 86400) + ' d ' + Math.floor(s % 86400 / 3600) + ' h';
}

const plural = (count, noun) => count + ' ' + noun + (count === 1 ? '' : 's');

const between = (from, to) => (new Date(to) - new Date(from)) / 1000;

function number(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  if (value >= 10) return value.toFixed(1).replace(/\.0$/, '');
  return value.toFixed(2).replace(/\.?0+$/, '') || '0';
}

function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  for (; value >= 1024 && unit < 3; unit++) value /= 1024;
  return (unit && value < 10 ? value.toFixed(1) : Math.round(value)) + ' ' + units[unit];
}

/** Announces to screen readers; texts that come within two seconds are announced together. */
const announce = (() => {
  let waiting = [];
  return text => {
    waiting.push(text);
    if (waiting.length > 1) return;
    setTimeout(() => {
      setText(byId('announcer'), waiting.slice(-3).join('. '));
      waiting = [];
    }, 2000);
  };
})();
