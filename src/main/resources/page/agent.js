// ---- calls to the agent that served this page ----

/** In this tab only; never in an address, a cookie or a lasting store. */
const token = {
  needed: document.documentElement.dataset.token === 'true',
  get value() { return sessionStorage.getItem('token') || ''; },
  set value(text) {
    if (text) sessionStorage.setItem('token', text);
    else sessionStorage.removeItem('token');
    document.dispatchEvent(new Event('token'));
  },
  get missing() { return this.needed && !this.value; },
};

class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function call(path, options = {}) {
  const headers = {Accept: 'application/json', ...options.headers};
  if (token.value) headers.Authorization = 'Bearer ' + token.value;
  const response = await fetch(path, {cache: 'no-store', credentials: 'omit', ...options, headers});
  if (!response.ok) {
    const text = await response.text();
    let problem;
    try { problem = JSON.parse(text); } catch { problem = {detail: text.trim()}; }
    const log = (problem.log || []).join('\n');
    throw new Refused(response.status, (problem.detail || 'status ' + response.status) + (log ? '\n' + log : ''));
  }
  return response;
}

const get = async path => (await call(path)).json();
const post = async (path, body = '') => (await call(path, {method: 'POST', body, headers: {'Content-Type': 'text/plain'}})).json();

/** Reads a response line by line as it comes; a stream can carry headers this way, which an EventSource can't. */
async function lines(response, signal, line) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  signal.addEventListener('abort', () => reader.cancel().catch(() => {}));
  let rest = '';
  for (;;) {
    const {value, done} = await reader.read();
    if (done) break;
    const parts = (rest + value).split('\n');
    rest = parts.pop();
    parts.forEach(part => line(part.replace(/\r$/, '')));
  }
  if (rest) line(rest);
}

/** Whether the agent responds, as everybody on this page sees it. */
const link = {
  state: 'connecting',
  lostAt: null,
  up() {
    if (this.state === 'live') return;
    const again = this.state === 'lost';
    this.show('live', 'live');
    if (!again) return;
    announce('the agent responds again');
    document.dispatchEvent(new Event('reconnected'));
  },
  lost() {
    if (this.state === 'lost') return;
    this.lostAt = new Date().toISOString();
    this.show('lost', 'no response since ' + timeOf(this.lostAt) + ', trying again');
  },
  show(state, text) {
    this.state = state;
    byId('link').dataset.state = state;
    document.body.classList.toggle('stale', state === 'lost');
    setText(byId('link-text'), text);
  },
};

/** Runs something again and again, but not while nobody looks; at once when the page is looked at or the agent is back. */
function repeat(seconds, what) {
  let timer;
  let running = false;
  const run = async () => {
    clearTimeout(timer);
    if (running) return;
    running = true;
    try {
      await what();
      link.up();
    } catch (e) {
      if (!(e instanceof Refused) && !document.hidden) link.lost();
    } finally {
      running = false;
      if (!document.hidden) timer = setTimeout(run, (link.state === 'lost' ? 1 : seconds) * 1000);
    }
  };
  document.addEventListener('visibilitychange', () => document.hidden || run());
  document.addEventListener('reconnected', () => setTimeout(run));
  run();
  return run;
}
