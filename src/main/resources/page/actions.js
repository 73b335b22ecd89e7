// ---- calls that change something, each of them confirmed ----

/** Asks; resolves with the values of the fields by name, or null. what: paragraphs that say what will happen. */
const confirmed = (() => {
  const dialog = byId('confirm');
  const form = byId('confirm-form');
  let fields = [];
  let settle = () => {};

  const end = result => {
    settle(result);
    settle = () => {};
    dialog.close();
  };

  form.addEventListener('submit', event => {
    event.preventDefault();
    const wrong = fields.map(f => f.check && f.check(f.input)).find(Boolean);
    const entered = byId('confirm-token').value.trim();
    if (wrong || (token.missing && !entered)) {
      setText(byId('confirm-wrong'), wrong || 'The agent asks for its token.');
      return;
    }
    if (entered) token.value = entered;
    end(Object.fromEntries(fields.map(f => [f.name, f.input.type === 'checkbox' ? f.input.checked : f.input.value.trim()])));
  });
  byId('confirm-no').addEventListener('click', () => end(null));
  dialog.addEventListener('cancel', () => { settle(null); settle = () => {}; });

  return ({title, what, yes, danger, ask = []}) => new Promise(resolve => {
    settle = resolve;
    setText(byId('confirm-title'), title);
    byId('confirm-what').replaceChildren(...what.filter(Boolean).map(text => make('p', {}, text)));
    setText(byId('confirm-wrong'), '');
    fields = ask.map(field => ({...field, input: field.make()}));
    byId('confirm-fields').replaceChildren(...fields.map(f => f.input.type === 'checkbox'
      ? make('label.check', {}, f.input, ' ' + f.label)
      : make('div.field', {}, make('label', {for: f.input.id}, f.label), f.input)));
    byId('confirm-token').value = '';
    byId('confirm-token-field').hidden = !token.missing;
    setText(byId('confirm-yes'), yes);
    byId('confirm-yes').classList.toggle('danger', !!danger);
    dialog.showModal();
    (fields[0]?.input ?? (token.missing ? byId('confirm-token') : byId('confirm-yes'))).focus();
  });
})();

/** A line that shows the progress of calls; steps: [['text while it runs', () => promise], ...], the first failure ends them. */
async function operate(title, steps) {
  const began = Date.now();
  const text = make('span');
  const dismiss = make('button.plain', {type: 'button', hidden: true, onclick: () => line.remove()}, 'Dismiss');
  const line = make('div.notice', {'data-kind': 'busy'}, text, dismiss);
  byId('operations').append(line);
  const end = (kind, words) => {
    line.dataset.kind = kind;
    setText(text, title + ': ' + words);
    dismiss.hidden = false;
  };
  try {
    let response;
    for (const [words, step] of steps) {
      setText(text, title + ': ' + words + '…');
      response = await step();
    }
    end('good', response.Message + ' (' + span((Date.now() - began) / 1000) + ')');
    setTimeout(() => line.remove(), 15000);
  } catch (e) {
    if (e.status === 401) {
      token.value = '';
      end('bad', 'the agent did not accept the token; nothing was changed. Try again with the right one.');
    } else if (e instanceof Refused) {
      end('bad', e.message);
    } else {
      end('bad', 'the connection was lost before the response came. The step that was begun is shown below as soon as the agent responds; the later steps were not taken.');
    }
  }
  document.dispatchEvent(new Event('changed'));
}

const named = d => d.Revision + ' (' + short(d.Hash) + ')';

function afterSwitch() {
  const active = overview.status?.Active;
  return active
    ? named(active) + ' gets no new requests. It finishes those that it has, ' + (overview.status.Traffic.InFlight || 'none')
      + ' at the moment; then its container is stopped and removed.'
    : 'Nothing is active now: from then on requests are served.';
}

const actions = {
  async launch() {
    const choice = await confirmed({
      title: 'Launch a configuration',
      what: ['The configuration is fetched from the store, its image pulled, and a container started and probed until it is healthy. The active container keeps serving.'],
      yes: 'Launch',
      ask: [{
        name: 'hash',
        label: 'Hash of the configuration (MD5 or SHA-256)',
        make: () => make('input', {id: 'launch-hash', type: 'text', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', required: true}),
        check: input => /^([0-9a-f]{32}|[0-9a-f]{64})$/.test(input.value.trim()) ? null : 'A hash has 32 or 64 digits from 0 to 9 and a to f.',
      }, {
        name: 'thenSwitch',
        label: 'then switch to it, as soon as it is healthy',
        make: () => make('input', {id: 'launch-switch', type: 'checkbox'}),
      }],
    });
    if (!choice) return;
    const steps = [['launching', () => post('/launch', choice.hash)]];
    if (choice.thenSwitch) steps.push(['healthy, switching', () => post('/switch', choice.hash)]);
    operate('Launch of ' + short(choice.hash), steps);
  },

  async switchTo(deployment) {
    const choice = await confirmed({
      title: 'Switch to ' + deployment.Revision + '?',
      what: ['All new requests go to ' + named(deployment) + ' from now on.', afterSwitch()],
      yes: 'Switch',
    });
    if (choice) operate('Switch to ' + named(deployment), [['switching', () => post('/switch', deployment.Hash)]]);
  },

  async launchBack(deployment) {
    const choice = await confirmed({
      title: 'Switch back to ' + deployment.Revision + '?',
      what: [
        named(deployment) + ' is launched again. When it is healthy, all new requests go to it; if it does not get healthy, nothing changes.',
        afterSwitch(),
        'This concerns this host alone and promotes nothing: hosts that start from now on still launch what current.json names. "wunderproxy rollback" promotes, too.',
      ],
      yes: 'Switch back',
      danger: true,
    });
    if (!choice) return;
    operate('Switch back to ' + named(deployment), [
      ['launching', () => post('/launch', deployment.Hash)],
      ['healthy, switching', () => post('/switch', deployment.Hash)],
    ]);
  },

  async pause() {
    const choice = await confirmed({
      title: 'Pause traffic?',
      what: ['Requests wait, up to 1,000 of them for up to 30 seconds each, and get 503 after that. Those in flight are finished. It lasts until traffic is resumed, even if the agent is restarted.'],
      yes: 'Pause',
      danger: true,
    });
    if (choice) operate('Pause', [['pausing', () => post('/pause')]]);
  },

  async maintenance() {
    const choice = await confirmed({
      title: 'Begin maintenance?',
      what: ['Every new request gets 503 with this text. Those in flight are finished. It lasts until traffic is resumed, even if the agent is restarted.'],
      yes: 'Begin maintenance',
      danger: true,
      ask: [{
        name: 'text',
        label: 'Text or HTML for clients',
        make: () => make('textarea', {id: 'maintenance-text', rows: 3, maxlength: 60000, placeholder: 'down for maintenance, back soon'}),
      }],
    });
    if (choice) operate('Maintenance', [['beginning', () => post('/maintenance', choice.text)]]);
  },

  async resume() {
    const {State, Waiting} = overview.status.Gate;
    const choice = await confirmed({
      title: 'Resume traffic?',
      what: [(State === 'paused' ? plural(Waiting, 'request') + (Waiting === 1 ? ' waits and is forwarded' : ' wait and are forwarded') : 'Requests go through again')
        + (overview.status.Active ? ' to ' + named(overview.status.Active) + '.' : ', but nothing is active.')],
      yes: 'Resume',
    });
    if (choice) operate('Resume', [['resuming', () => post('/resume')]]);
  },

  async token() {
    if (token.missing) {
      await confirmed({title: 'Enter the token', what: ['With it, this page can launch, switch, pause and show container logs.'], yes: 'Keep for this tab'});
    } else if (await confirmed({title: 'Forget the token?', what: ['This tab can look on, but change nothing, until the token is entered again.'], yes: 'Forget'})) {
      token.value = '';
    }
  },
};

for (const [id, action] of [['launch', 'launch'], ['pause', 'pause'], ['maintenance', 'maintenance'], ['resume', 'resume'], ['token', 'token']]) {
  byId(id + '-button').addEventListener('click', () => actions[action]());
}
{
  const button = byId('token-button');
  const show = () => {
    button.hidden = !token.needed;
    setText(button, token.missing ? 'Enter token' : 'Forget token');
  };
  document.addEventListener('token', show);
  show();
}
