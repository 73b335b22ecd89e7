// ---- what is asked for, and how often ----

setText(byId('host'), location.host);

let started = null;

repeat(2, () => overview.update());
repeat(10, async () => {
  const traffic = await get('/traffic');
  if (started && started !== traffic.Started) document.dispatchEvent(new CustomEvent('restarted', {detail: traffic.Started}));
  started = traffic.Started;
  setText(byId('agent-since'), 'The agent runs since ' + timeOf(started) + '.');
  const remembered = remember(traffic);
  charts.forEach(c => c.show(remembered));
});
document.addEventListener('changed', repeat(5, () => deployments.update()));
document.addEventListener('changed', () => overview.update().catch(() => {}));
