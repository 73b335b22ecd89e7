// ---- what serves now, and how it does ----

const overview = (() => {
  let status = null;
  let counted = null;

  const tiles = [
    ['rate', 'Requests a second', 'now'],
    ['failed', 'Failed', '5xx of the last minute'],
    ['p50', 'Median', 'of the last minute'],
    ['p99', '99th percentile', 'of the last minute'],
    ['flight', 'In flight', 'in progress'],
    ['connections', 'Connections', ''],
  ].map(([key, label, hint]) => {
    const value = make('span.big', {}, '–');
    const small = make('span.quiet', {}, hint);
    byId('tiles').append(make('div.card.tile', {}, make('dt', {}, label), make('dd', {}, value, small)));
    return {key, value, small};
  });
  const tile = (key, text, hint) => {
    const {value, small} = tiles.find(t => t.key === key);
    setText(value, text);
    if (hint !== undefined) setText(small, hint);
  };

  const facts = new Map();
  const fact = (label, text, title) => {
    if (!facts.has(label)) {
      const value = make('dd');
      const row = make('div', {}, make('dt', {}, label), value);
      byId('serving-facts').append(row);
      facts.set(label, {row, value});
    }
    const {row, value} = facts.get(label);
    row.hidden = !text;
    setText(value, text || '');
    if (title) value.title = title;
  };

  const notices = new Map();
  const notice = (key, kind, text) => {
    const known = notices.get(key);
    if (!text) {
      if (known) known.remove();
      notices.delete(key);
    } else if (known) {
      setText(known, text);
    } else {
      const element = make('p.notice', {'data-kind': kind}, text);
      notices.set(key, element);
      byId('notices').append(element);
      announce(text);
    }
  };

  /** The rate since the last look, and the failures since a minute ago. */
  const looks = [];
  const count = traffic => {
    const now = {at: performance.now() / 1000, requests: traffic.SinceStart.Requests, failed: traffic.SinceStart.StatusClasses['5xx']};
    if (looks.length && looks.at(-1).requests > now.requests) looks.length = 0; // another agent
    looks.push(now);
    while (looks.length > 2 && now.at - looks[0].at > 60) looks.shift();
    const recent = looks.findLast(look => now.at - look.at > 1.5);
    counted = recent && {
      rate: (now.requests - recent.requests) / (now.at - recent.at),
      failed: now.failed - looks[0].failed,
      of: now.requests - looks[0].requests,
      seconds: now.at - looks[0].at,
    };
  };

  const show = () => {
    const active = status.Active;
    const traffic = status.Traffic;
    const gate = status.Gate;
    setText(byId('serving-revision'), active ? active.Revision : 'Nothing');
    document.title = (active ? active.Revision + ' · ' : '') + document.documentElement.dataset.app + ' · wunderproxy';
    const chip = byId('serving-health');
    chip.hidden = !active;
    if (active) setChip(chip, active.Health === 'healthy' ? 'good' : active.Health ? 'bad' : 'warn', active.Health || 'not probed yet');
    setText(byId('serving-reason'), active ? active.HealthReason || '' : status.Problem || 'Launch a configuration, then switch to it.');
    fact('Active since', active && timeOf(active.Since) + ' (' + span(between(active.Since, Date.now())) + ')');
    fact('Configuration', active && short(active.Hash), active && active.Hash);
    fact('Container', active && active.Container && active.Name + ' (' + short(active.Container) + ') at ' + active.Address, active && active.Container);
    fact('Since the switch', active && traffic.SinceSwitch.Requests.toLocaleString('en') + ' requests, ' + bytes(traffic.SinceSwitch.BytesOut) + ' sent');
    fact('Fleet', status.Fleet && status.Fleet.Member + ', ' + plural(status.Fleet.Peers.filter(peer => peer.Alive).length, 'peer'));
    fact('Docker', status.DockerState);

    notice('problem', 'warn', status.Problem && 'Problem: ' + status.Problem);
    notice('docker', 'bad', status.DockerState !== 'Ok' && 'Docker: ' + status.DockerState);
    notice('fleet', 'warn', status.Fleet && status.Fleet.State !== 'ok' && 'Fleet: ' + status.Fleet.State);
    notice('drift', 'warn', status.Drift && 'Drift: ' + status.Drift.Message);
    notice('restarts', 'warn', active && active.Restarts > 0 && 'The active container has died and was started again '
      + (active.Restarts === 1 ? 'once.' : active.Restarts + ' times.'));
    notice('gate', 'warn', gate.State === 'paused' ? 'Traffic is paused: ' + (gate.Waiting === 1 ? '1 request waits' : gate.Waiting + ' requests wait') + ', up to ' + gate.MaxRequests + ', each for up to ' + span(gate.MaxWait) + '.'
      : gate.State === 'maintenance' ? 'In maintenance: every request gets 503.' : null);
    byId('pause-button').hidden = gate.State !== 'open';
    byId('maintenance-button').hidden = gate.State === 'maintenance';
    byId('resume-button').hidden = gate.State === 'open';

    const minute = traffic.Times['1m'];
    tile('rate', counted ? number(Math.max(0, counted.rate)) : '–');
    tile('failed', !counted || counted.of === 0 ? '–' : number(100 * counted.failed / counted.of) + ' %',
      !counted || counted.of === 0 ? 'no requests' : counted.failed + ' of ' + counted.of.toLocaleString('en') + ' in ' + Math.round(counted.seconds) + ' s');
    tile('p50', minute.Count ? span(minute.P50) : '–');
    tile('p99', minute.Count ? span(minute.P99) : '–');
    tile('flight', traffic.InFlight.toLocaleString('en'));
    const states = Object.entries(status.States);
    tile('connections', states.reduce((sum, [, n]) => sum + n, 0).toLocaleString('en'),
      states.filter(([, n]) => n > 0).map(([state, n]) => n + ' ' + state).join(', ') || 'none open');
  };

  return {
    get status() { return status; },
    async update() {
      status = await get('/status');
      count(status.Traffic);
      show();
    },
  };
})();
