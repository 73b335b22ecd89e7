// ---- the last hour, drawn ----

const HOUR = 3600;

/** Between two lines of a grid; connections are counted, not measured. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5];

/** Pixels of the small text: a wall screen has larger letters. */
const textSize = () => Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.78);

/**
 * A chart with its own legend and a table of the same numbers.
 * lines: [{label, colour, dash, value(traffic) -> column}]; stacked ones are drawn on top of each other, the first at the bottom.
 */
function chart(figure, {title, unit, format, stacked, logarithmic, lines}) {
  const values = lines.map(() => make('span.value'));
  const legend = make('ul.legend', {}, ...lines.map((line, i) =>
    make('li', {}, make('span.swatch.colour-' + line.colour, {'data-dash': !!line.dash}), line.label + ' ', values[i])));
  const plot = make('div.plot', {role: 'img'});
  const when = make('span.quiet.when');
  const table = make('table');
  const details = make('details', {}, make('summary', {}, 'As a table'), make('div.scroll', {tabindex: 0, role: 'region', 'aria-label': title + ' as a table'}, table));
  figure.append(
    make('figcaption', {}, make('h3', {}, title, make('span.quiet', {}, ' ' + unit)), when), legend, plot, details);

  let columns = [[], ...lines.map(() => [])];
  let marks = [];
  const order = stacked ? lines.map((_, i) => lines.length - 1 - i) : lines.map((_, i) => i);

  const toggle = index => {
    const at = index ?? columns[0].length - 1;
    setText(when, index === null || index === undefined ? '' : 'at ' + timeOf(columns[0][at] * 1000));
    lines.forEach((_, i) => {
      const value = columns[i + 1][at];
      setText(values[i], value === null || value === undefined ? '–' : format(value));
    });
  };

  const axis = {
    stroke: () => colour('muted'),
    grid: {stroke: () => colour('grid'), width: 1},
    ticks: {show: false},
    font: textSize() + 'px system-ui, sans-serif',
  };
  const drawMarks = u => {
    const ratio = devicePixelRatio;
    const {left, top, width, height} = u.bbox;
    u.ctx.save();
    u.ctx.font = textSize() * ratio + 'px system-ui, sans-serif';
    u.ctx.textBaseline = 'top';
    u.ctx.textAlign = 'left';
    let free = left;
    marks.forEach(mark => {
      const x = u.valToPos(mark.at, 'x', true);
      if (x < left || x > left + width) return;
      u.ctx.strokeStyle = u.ctx.fillStyle = colour('muted');
      u.ctx.lineWidth = ratio;
      u.ctx.setLineDash([2 * ratio, 3 * ratio]);
      u.ctx.beginPath();
      u.ctx.moveTo(x, top);
      u.ctx.lineTo(x, top + height);
      u.ctx.stroke();
      const wide = u.ctx.measureText(mark.label).width + 8 * ratio;
      const start = x + wide < left + width ? x + 4 * ratio : x - wide + 4 * ratio;
      if (start < free) return; // no room beside the label before it
      u.ctx.fillText(mark.label, start, top + 2 * ratio);
      free = start + wide;
    });
    u.ctx.restore();
  };
  /** The last hour, or as much of it as there is, but no less than five minutes. */
  const period = () => {
    const now = Date.now() / 1000;
    return [Math.max(now - HOUR, Math.min(now - 300, columns[0][0] ?? now)), now];
  };
  /** A median and a 99th percentile that is a hundred times as long are both to be seen. */
  const decades = (u, low, high) => low === null ? [1e-3, 1]
    : [10 ** Math.floor(Math.log10(Math.max(low, 1e-6))), 10 ** Math.ceil(Math.log10(Math.max(high, 1e-5) * 1.05))];
  const powers = (u, axis, low, high) => {
    const at = [];
    for (let exponent = Math.round(Math.log10(low)); exponent <= Math.round(Math.log10(high)); exponent++) at.push(10 ** exponent);
    return at;
  };
  const size = () => ({width: Math.max(120, plot.clientWidth), height: Math.max(120, plot.clientHeight)});
  const drawn = new uPlot({
    ...size(),
    legend: {show: false},
    cursor: {sync: {key: 'traffic'}, y: false, drag: {x: false, y: false}, points: stacked ? {show: false} : {}},
    scales: {x: {time: true, range: period}, y: logarithmic ? {distr: 3, range: decades} : {range: (u, low, high) => [0, Math.max(high, 1) * 1.15]}},
    axes: [
      {...axis, space: 60, size: textSize() * 2.2, incrs: [60, 120, 300, 600, 900, 1800], values: (u, at) => at.map(t => clock.format(new Date(t * 1000)).slice(0, 5))},
      {...axis, size: textSize() * 4.2, space: 28, ...(logarithmic ? {splits: powers, filter: (u, at) => at} : {incrs: STEPS}), values: (u, at) => at.map(format)},
    ],
    series: [{}, ...order.map(i => ({
      label: lines[i].label,
      stroke: () => colour(lines[i].colour),
      fill: stacked ? () => colour(lines[i].colour + '-area') : undefined,
      width: stacked ? 1.25 : 1.75,
      dash: lines[i].dash,
      points: {show: (u, s, from, to) => to - from < 2},
    }))],
    hooks: {setCursor: [u => toggle(u.cursor.idx)], draw: [drawMarks]},
  }, columns, plot);

  new ResizeObserver(() => drawn.setSize(size())).observe(plot);
  document.addEventListener('theme', () => drawn.redraw(false));

  const fillTable = () => {
    if (!details.open) return;
    const rows = new Map();
    columns[0].forEach((at, index) => {
      const start = Math.floor(at / 300) * 300;
      rows.set(start, [...rows.get(start) || [], index]);
    });
    const mean = (column, indexes) => {
      const known = indexes.map(i => column[i]).filter(v => v !== null && v !== undefined);
      return known.length ? format(known.reduce((a, b) => a + b, 0) / known.length) : '–';
    };
    table.replaceChildren(
      make('caption', {}, 'Means of five minutes, ' + unit),
      make('thead', {}, make('tr', {}, make('th', {scope: 'col'}, 'from'), ...lines.map(l => make('th', {scope: 'col'}, l.label)))),
      make('tbody', {}, ...[...rows].reverse().map(([start, indexes]) => make('tr', {},
        make('th', {scope: 'row'}, clock.format(new Date(start * 1000)).slice(0, 5)),
        ...lines.map((_, i) => make('td', {}, mean(columns[i + 1], indexes)))))));
  };
  details.addEventListener('toggle', fillTable);

  return {
    show(traffic) {
      columns = [traffic.Time, ...lines.map(line => line.value(traffic))];
      let drawnColumns = columns.slice(1);
      if (stacked) {
        const sum = traffic.Time.map(() => 0);
        // What is 0 has no line: that of 5xx would else lie on top all the time.
        drawnColumns = drawnColumns.map(column => column.map((v, i) => {
          if (v === null) return null;
          sum[i] += v;
          return v || column[i - 1] || column[i + 1] ? sum[i] : null;
        }));
      }
      drawn.setData([traffic.Time, ...order.map(i => drawnColumns[i])]);
      toggle(drawn.cursor.idx);
      fillTable();
      const last = traffic.Time.length - 1;
      plot.setAttribute('aria-label', title + ', ' + unit + ', over the last hour. Now: '
        + (last < 0 ? 'no samples yet' : lines.map((l, i) => l.label + ' ' + (columns[i + 1][last] === null ? 'none' : format(columns[i + 1][last]))).join(', ')));
    },
    mark(switches) {
      marks = switches;
      drawn.redraw(false);
    },
  };
}

const charts = [
  chart(byId('chart-requests'), {
    title: 'Requests', unit: 'a second, by status', format: number, stacked: true,
    lines: [
      {label: '2xx', colour: 'c2', value: t => t.RequestsPerSecond['2xx']},
      {label: '1xx, 3xx', colour: 'c3', value: t => t.RequestsPerSecond['3xx'].map((v, i) => v === null ? null : v + t.RequestsPerSecond['1xx'][i])},
      {label: '4xx', colour: 'c4', value: t => t.RequestsPerSecond['4xx']},
      {label: '5xx', colour: 'c5', value: t => t.RequestsPerSecond['5xx']},
    ],
  }),
  chart(byId('chart-times'), {
    title: 'Response times', unit: 'percentiles by minute', format: span, logarithmic: true,
    lines: [
      {label: 'p50', colour: 'c2', value: t => t.ResponseTimes.P50},
      {label: 'p90', colour: 'c3', dash: [8, 4], value: t => t.ResponseTimes.P90},
      {label: 'p99', colour: 'c4', dash: [2, 3], value: t => t.ResponseTimes.P99},
    ],
  }),
  chart(byId('chart-connections'), {
    title: 'Connections', unit: 'of clients, by state', format: number, stacked: true,
    lines: [
      {label: 'active', colour: 'c2', value: t => t.Connections.active},
      {label: 'upgraded', colour: 'c3', value: t => t.Connections.upgraded},
      {label: 'idle', colour: 'c1', value: t => t.Connections.idle},
      {label: 'new', colour: 'c4', value: t => t.Connections.new},
    ],
  }),
];

/** The agent forgets the last hour when it is restarted; a page that was open meanwhile does not. */
const remember = (() => {
  let before = null;
  let latest = null;

  const groupsOf = traffic => [traffic.RequestsPerSecond, traffic.ResponseTimes, traffic.Connections];

  return traffic => {
    if (latest && latest.Started !== traffic.Started) before = latest;
    if (before) {
      const end = traffic.Time[0] ?? Infinity;
      const old = before.Time.map((at, i) => i).filter(i => before.Time[i] < end - 1 && before.Time[i] > Date.now() / 1000 - HOUR);
      const gap = old.length ? [before.Time[old.at(-1)] + 1] : [];
      groupsOf(traffic).forEach((group, g) => Object.keys(group).forEach(name => {
        group[name] = [...old.map(i => groupsOf(before)[g][name][i]), ...gap.map(() => null), ...group[name]];
      }));
      traffic.Time = [...old.map(i => before.Time[i]), ...gap, ...traffic.Time];
    }
    return latest = traffic;
  };
})();
