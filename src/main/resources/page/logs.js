// ---- what a container prints ----

{
  const MOST = 2000;
  const pick = byId('logs-of');
  const follow = byId('logs-follow');
  const output = byId('logs');
  const state = byId('logs-state');
  let stop = null;
  let waiting = [];
  let timer = null;

  const flush = () => {
    timer = null;
    const atEnd = output.scrollHeight - output.scrollTop - output.clientHeight < 40;
    output.append(...waiting.slice(-MOST).map(line => make('span', {}, line + '\n')));
    waiting = [];
    while (output.childElementCount > MOST) output.firstElementChild.remove();
    if (atEnd) output.scrollTop = output.scrollHeight;
  };

  const read = async () => {
    stop?.abort();
    const mine = stop = new AbortController();
    waiting = [];
    output.replaceChildren();
    output.hidden = !pick.value;
    if (!pick.value) {
      setText(state, 'Choose a deployment to see what its container prints.');
      return;
    }
    if (token.missing) await actions.token();
    setText(state, follow.checked ? 'following' : 'the last lines');
    try {
      const response = await call('/deployments/' + pick.value + '/logs?tail=200&follow=' + follow.checked, {headers: {Accept: 'text/plain'}, signal: mine.signal});
      await lines(response, mine.signal, line => {
        if (mine !== stop) return;
        waiting.push(line);
        timer ??= setTimeout(flush, 250);
      });
      if (mine === stop && follow.checked) setText(state, 'the log has ended');
    } catch (e) {
      if (mine !== stop) return;
      if (e.status === 401) token.value = '';
      setText(state, e instanceof Refused ? e.message : 'the connection to the agent was lost');
      if (!(e instanceof Refused)) document.addEventListener('reconnected', () => mine === stop && read(), {once: true});
    }
  };

  document.addEventListener('deployments', ({detail}) => {
    const running = detail.filter(d => d.State !== 'gone');
    const known = running.map(d => d.Hash).join();
    if (pick.dataset.known === known) return;
    pick.dataset.known = known;
    const chosen = pick.value;
    const kept = chosen && !running.some(d => d.Hash === chosen) ? [pick.selectedOptions[0]] : [];
    pick.replaceChildren(make('option', {value: ''}, 'choose a deployment'),
      ...running.map(d => make('option', {value: d.Hash}, d.Revision + ' (' + short(d.Hash) + ')')), ...kept);
    pick.value = chosen;
  });
  pick.addEventListener('change', read);
  addEventListener('pagehide', () => stop?.abort());
  follow.addEventListener('change', read);
  deployments.onLogs(hash => {
    pick.value = hash;
    read();
    byId('logs-title').scrollIntoView({block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'});
    output.focus({preventScroll: true});
  });
}
