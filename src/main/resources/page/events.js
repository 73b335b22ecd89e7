// ---- events, as they happen ----

function eventLine(event) {
  return make('li', {'data-type': event.Type, 'data-kind': event.Tone},
    timeElement(event.Time),
    make('span.type', {}, event.Type),
    make('span.what', {}, event.Message || ''));
}

{
  const MOST = 500;
  const list = byId('events');
  const frequent = new Set(['pulling', 'probed']);
  let waiting = [];
  let last = null;
  let timer = null;
  const refresh = {timer: null};

  /** Many events make one change of the page, four times a second at most. */
  const flush = () => {
    timer = null;
    const fresh = waiting.slice(-MOST).reverse();
    waiting = [];
    // A row of progress takes the place of the one before it.
    const rows = fresh.filter((event, i) => !(event.Type === 'pulling' && i > 0 && fresh[i - 1].Type === 'pulling' && fresh[i - 1].Hash === event.Hash));
    const top = list.firstElementChild;
    if (top && top.dataset.type === 'pulling' && rows.at(-1)?.Type === 'pulling') top.remove();
    list.prepend(...rows.map(eventLine));
    while (list.childElementCount > MOST) list.lastElementChild.remove();
    byId('events-empty').hidden = list.childElementCount > 0;
  };

  const add = event => {
    waiting.push(event);
    timer ??= setTimeout(flush, 250);
    if (event.Tone) announce(event.Message);
    if (event.Hash) deployments.progress(event);
    if (!frequent.has(event.Type)) {
      refresh.timer ??= setTimeout(() => {
        refresh.timer = null;
        document.dispatchEvent(new Event('changed'));
      }, 300);
    }
  };

  /** Reads the stream until it ends. */
  const read = async () => {
    const stop = new AbortController();
    // The agent speaks at least every 15 s; silence for longer means that nobody is there any more.
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => stop.abort(), 40000);
    };
    const hide = () => document.hidden && stop.abort();
    document.addEventListener('visibilitychange', hide);
    const headers = {Accept: 'text/event-stream'};
    if (last) headers['Last-Event-ID'] = last;
    heard();
    try {
      const response = await call('/events' + (last ? '' : '?recent=50'), {headers, signal: stop.signal});
      link.up();
      let id = null;
      let data = [];
      await lines(response, stop.signal, line => {
        heard();
        if (line.startsWith('id:')) id = line.slice(3).trim();
        else if (line.startsWith('data:')) data.push(line.slice(5).trim());
        else if (line === '' && data.length) {
          if (id) last = id;
          add(JSON.parse(data.join('\n')));
          id = null;
          data = [];
        }
      });
    } finally {
      clearTimeout(silence);
      document.removeEventListener('visibilitychange', hide);
    }
  };

  /** A browser has six connections to an agent for all its pages: one that nobody looks at holds none, and catches up later. */
  const seen = async () => {
    while (document.hidden) {
      await new Promise(resolve => document.addEventListener('visibilitychange', resolve, {once: true}));
    }
  };

  (async () => {
    for (let pause = 500; ; pause = Math.min(pause * 2, 5000)) {
      await seen();
      const began = Date.now();
      try {
        await read();
      } catch (e) {
        if (e instanceof Refused) setText(byId('events-empty'), e.message);
        else if (!document.hidden) link.lost();
      }
      if (Date.now() - began > 10000) pause = 500;
      await new Promise(resolve => {
        setTimeout(resolve, pause);
        document.addEventListener('reconnected', resolve, {once: true});
      });
    }
  })();

  document.addEventListener('restarted', ({detail}) => add({Type: 'agent', Tone: 'warn', Time: detail, Message: 'the agent was restarted'}));
  byId('events-all').addEventListener('change', event => list.classList.toggle('all', event.target.checked));
}
