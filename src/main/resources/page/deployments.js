// ---- deployments, each with its timeline ----

const deployments = (() => {
  const list = byId('deployments');
  const rows = new Map();
  let all = [];
  let logsAt = () => {};
  let shown = 6;

  const kinds = {launching: 'busy', healthy: 'good', active: 'good', draining: 'warn', retiring: 'warn', gone: 'past', failed: 'bad'};
  const ended = d => d.State === 'gone' || d.State === 'failed';

  /** What is offered for a deployment: to switch to what runs, to switch back to what served before. */
  const offer = d => d.Active || d.State === 'launching' ? null
    : d.State === 'healthy' ? ['Switch to…', actions.switchTo]
    : d.State === 'draining' ? ['Switch back…', actions.switchTo]
    : d.Switched ? ['Switch back…', actions.launchBack]
    : null;

  const steps = d => {
    const reached = [['launched', d.Launched], ['healthy', d.Confirmed], ['switched', d.Switched],
      [d.State === 'failed' ? 'failed' : 'gone', d.Ended]].filter(([, at]) => at);
    return reached.map(([label, at], i) => {
      const took = i > 0 ? between(reached[i - 1][1], at) : null;
      return make('li', {'data-step': label}, make('span.step', {}, label), timeElement(at), ' ', took === null ? null : make('span.quiet', {}, '+' + span(took)));
    });
  };

  const row = d => {
    const parts = {
      chip: make('span.chip'),
      revision: make('strong.revision'),
      hash: make('code.quiet'),
      button: make('button', {type: 'button', hidden: true}),
      logs: make('button.plain', {type: 'button'}, 'Log'),
      now: make('p.now', {hidden: true}),
      progress: make('progress', {hidden: true, 'aria-label': 'pulling the image'}),
      timeline: make('ol.timeline'),
      events: make('ol.events'),
    };
    const details = make('details', {}, make('summary', {}, 'Events'), parts.events);
    const item = make('li.deployment', {},
      make('div.head', {}, parts.chip, make('span.name', {}, parts.revision, ' ', parts.hash), make('span.buttons', {}, parts.logs, parts.button)),
      parts.now, parts.progress, parts.timeline, details);
    const self = {item, parts, details, deployment: d};
    parts.button.addEventListener('click', () => offer(self.deployment)?.[1].call(actions, self.deployment));
    parts.logs.addEventListener('click', () => logsAt(self.deployment.Hash));
    details.addEventListener('toggle', () => loadEvents(self));
    return self;
  };

  const loadEvents = async self => {
    if (!self.details.open) return;
    try {
      const {Events} = await get('/deployments/' + self.deployment.Hash);
      self.parts.events.replaceChildren(...(Events || []).map(event => eventLine(event)));
    } catch (e) {
      self.parts.events.replaceChildren(make('li.quiet', {}, e.message));
    }
  };

  const show = (self, d) => {
    const {parts, item} = self;
    const changed = self.deployment.State !== d.State;
    self.deployment = d;
    item.dataset.hash = d.Hash;
    item.dataset.state = d.State;
    setChip(parts.chip, kinds[d.State] || 'past', d.State);
    setText(parts.revision, d.Revision);
    setText(parts.hash, short(d.Hash));
    parts.hash.title = d.Hash;
    parts.logs.hidden = d.State === 'gone';
    parts.logs.setAttribute('aria-label', 'Log of ' + d.Revision);
    const offered = offer(d);
    parts.button.hidden = !offered;
    if (offered) {
      setText(parts.button, offered[0]);
      parts.button.setAttribute('aria-label', offered[0].replace('…', '') + ' ' + d.Revision);
    }
    const word = d.State === 'draining' ? 'draining: ' + (d.Leases > 1 ? d.Leases + ' requests are open' : (d.Leases || 'no') + ' request is open') : d.Failure;
    if (word || d.State !== 'launching') {
      parts.now.hidden = !word;
      setText(parts.now, word || '');
      parts.progress.hidden = true;
    }
    showProgress(self);
    const timeline = JSON.stringify([d.State, d.Launched, d.Confirmed, d.Switched, d.Ended]);
    if (item.dataset.timeline !== timeline) {
      item.dataset.timeline = timeline;
      parts.timeline.replaceChildren(...steps(d));
    }
    if (changed) loadEvents(self);
  };

  const latest = new Map();
  const showProgress = ({deployment, parts: {now, progress}}) => {
    const event = latest.get(deployment.Hash);
    if (!event || deployment.State !== 'launching') return;
    now.hidden = false;
    setText(now, event.Message);
    progress.hidden = event.Type !== 'pulling';
    if (event.TotalBytes > 0) {
      progress.max = event.TotalBytes;
      progress.value = event.Bytes;
    } else {
      progress.removeAttribute('value');
    }
  };

  /** The one that served before the active one. */
  const previous = () => all.filter(d => d.Switched && !d.Active && d.State !== 'failed')
    .sort((a, b) => new Date(b.Switched) - new Date(a.Switched))[0];

  const back = byId('back-button');
  back.addEventListener('click', () => {
    const target = previous();
    if (target) offer(target)?.[1].call(actions, target);
  });

  const more = byId('deployments-more');
  const limit = () => {
    [...list.children].forEach((item, i) => item.hidden = i >= shown);
    more.hidden = all.length <= shown;
    setText(more, 'Show ' + (all.length - shown) + ' earlier');
  };
  more.addEventListener('click', () => {
    shown = Infinity;
    limit();
  });

  const update = async () => {
    all = await get('/deployments');
    const hashes = new Set(all.map(d => d.Hash));
    for (const [hash, self] of rows) {
      if (!hashes.has(hash)) {
        self.item.remove();
        rows.delete(hash);
      }
    }
    all.forEach((d, i) => {
      if (!rows.has(d.Hash)) rows.set(d.Hash, row(d));
      const self = rows.get(d.Hash);
      show(self, d);
      if (list.children[i] !== self.item) list.insertBefore(self.item, list.children[i] || null);
    });
    limit();
    byId('deployments-empty').hidden = all.length > 0;
    const target = previous();
    back.disabled = !target;
    back.title = target ? 'to ' + named(target) : 'nothing served here before';
    const switches = all.filter(d => d.Switched).map(d => ({at: new Date(d.Switched) / 1000, label: d.Revision})).sort((a, b) => a.at - b.at);
    charts.forEach(c => c.mark(switches));
    document.dispatchEvent(new CustomEvent('deployments', {detail: all}));
  };

  return {
    update,
    get all() { return all; },
    onLogs(what) { logsAt = what; },
    /** What a launch is doing, from its events; they may be here before the deployment is. */
    progress(event) {
      latest.delete(event.Hash);
      latest.set(event.Hash, event);
      if (latest.size > 20) latest.delete(latest.keys().next().value);
      if (rows.has(event.Hash)) showProgress(rows.get(event.Hash));
    },
  };
})();
