'use strict';
const phases = { pending: '대기', running: '실행', leaving: '비우는 중', done: '완료', failed: '실패', cancelled: '취소' };
const gates = { size: '크기', label: '보안 등급', loan: '대여 기간', reservation: '예약', time: '순서', budget: '예산', quota: '할당량', cohort: '빌려 쓰기', share: '차례', gang: '자리', topology: '배치', handover: '넘겨받는 중' };
const labels = { open: '공개', sensitive: '민감', classified: '비밀' };
// What the page asks for can fail so only; all else is the server's trouble.
const faults = { 400: '서버가 요청을 받아들이지 않습니다', 403: '이 키로는 볼 수 없습니다', 404: '찾을 수 없습니다. 없는 작업이거나 볼 수 없는 작업입니다' };
const parts = ['busy', 'checkpointing', 'idle', 'lost', 'running'];
const pageSize = 25, mostNamed = 4, refreshEvery = 1500, usageEvery = 15000, longestLog = 500000, usageHours = 48, farAway = 10 * 366 * 86400;
let key = sessionStorage.getItem('key') || '';
let shown = null, offset = null;
// Where the pages before this one began, this one's beginning last: null is the first.
let beginnings = [null], next = null;
let usageAt = 0, timer = null, round = 0;
const drawn = {};
const $ = id => document.getElementById(id);

// Everything that comes from outside goes in as text, never as markup.
function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function say(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

async function ask(path) {
  let response;
  try {
    response = await fetch('/compute/v1' + path, { headers: { Authorization: 'Bearer ' + key, 'Accept-Language': 'ko' } });
  } catch {
    throw new Error('서버에 닿지 않습니다. 다시 시도하는 중입니다');
  }
  if (response.status === 401) throw new Error('key');
  if (!response.ok) throw new Error(faults[response.status] || `서버가 답하지 못했습니다 (HTTP ${response.status}). 다시 시도하는 중입니다`);
  return response;
}

const json = async path => (await ask(path)).json().catch(() => { throw new Error('서버의 답을 읽을 수 없습니다. 다시 시도하는 중입니다'); });
const count = number => number.toLocaleString('ko-KR');
const hours = seconds => (seconds / 3600).toLocaleString('ko-KR', { maximumFractionDigits: 2 });
const hourOf = seconds => new Date(seconds * 1000).toLocaleString('ko-KR', { month: 'numeric', day: 'numeric', hour: 'numeric' });
const percent = part => (100 * part).toLocaleString('ko-KR', { maximumFractionDigits: 1 }) + ' %';

function clock(seconds, exact) {
  const at = new Date(seconds * 1000), now = new Date(), today = at.toDateString() === now.toDateString();
  return at.toLocaleString('ko-KR', { ...(at.getFullYear() !== now.getFullYear() && { year: 'numeric' }), ...(!today && { month: 'numeric', day: 'numeric' }), hour: 'numeric', minute: '2-digit', ...(exact && today && { second: '2-digit' }) });
}

const forecast = item => `${item.starts_from * 1000 < Date.now() + 60000 ? '지금' : clock(item.starts_from)} – ${clock(item.starts_until)}`;

function when(item) {
  const job = item.job;
  return job.ended ? `${clock(job.ended)} 끝` : job.phase !== 'pending' ? `${clock(job.started)} 시작` : item.starts_until ? `${forecast(item)} 예상` : '';
}

// What would start a waiting job, or where nothing alone would, what it waits for.
const advice = ({ why }) => why && why.change ? `이러면 시작: ${why.change}` : why && why.blocker || '';

// What did not change is not drawn again: it would take focus, selection and scroll position with it.
function changed(what, value) {
  const text = JSON.stringify(value);
  if (drawn[what] === text) return false;
  drawn[what] = text;
  return true;
}

function drawPools(pools) {
  if (!changed('pools', pools)) return;
  const closed = new Set([...$('pools').children].filter(box => !box.open).map(box => box.dataset.pool));
  const opened = new Set([...$('pools').querySelectorAll('.who[open]')].map(rest => rest.dataset.node));
  $('pools').replaceChildren(...pools.map(pool => {
    const box = element('details');
    box.dataset.pool = pool.name;
    box.open = !closed.has(pool.name);
    // A node that was made smaller may hold more than it has.
    const held = pool.nodes.reduce((sum, node) => sum + Math.min(node.devices, node.shares.reduce((taken, share) => taken + share.devices, 0)), 0);
    const all = pool.nodes.reduce((sum, node) => sum + node.devices, 0);
    const kinds = [...new Set(pool.nodes.map(node => node.kind))];
    const summary = element('summary');
    summary.append(element('b', pool.name), [pool.provider, kinds.join(', '), `노드 ${count(pool.nodes.length)}`, `장치 ${count(all)} 가운데 빈 장치 ${count(all - held)}`, `${labels[pool.accreditation]} 자료까지`, pool.expires && (pool.expires > pool.at ? `${new Date(pool.expires * 1000).toLocaleDateString('ko-KR')}까지 빌림` : '빌린 기간 끝남')].filter(Boolean).join(' · '));
    const nodes = element('ul', undefined, 'nodes');
    for (const node of pool.nodes) nodes.append(drawNode(`${pool.name}/${node.name}`, node, kinds.length > 1));
    for (const rest of nodes.querySelectorAll('.who[data-node]')) rest.open = opened.has(rest.dataset.node);
    box.append(summary, nodes);
    return box;
  }));
}

function drawNode(path, node, withKind) {
  const card = element('li', undefined, node.healthy ? 'node' : 'node down');
  const taken = node.shares.flatMap(share => Array(share.devices).fill(share));
  card.append(element('div', [node.name, withKind && node.kind, `${taken.length}/${node.devices}`, !node.healthy && '점검: 새 작업 안 받음'].filter(Boolean).join(' · ')));
  const cells = element('div');
  cells.setAttribute('aria-hidden', 'true');
  for (let i = 0; i < Math.min(node.devices, 256); i++) {
    const share = taken[i];
    const cell = element('span', undefined, 'cell' + (share ? share.borrowed ? ' lent' : ' busy' : ''));
    cell.title = share ? who(share) : '비어 있음';
    cells.append(cell);
  }
  card.append(cells);
  const holders = node.shares.map(share => `${who(share)} ×${share.devices}${share.borrowed ? ' 빌림' : ''}`);
  for (const holder of holders.slice(0, mostNamed)) card.append(element('div', holder, 'who'));
  if (holders.length > mostNamed) {
    const rest = element('details', undefined, 'who');
    rest.dataset.node = path;
    rest.append(element('summary', `밖에 ${holders.length - mostNamed}개`), ...holders.slice(mostNamed).map(holder => element('div', holder)));
    card.append(rest);
  }
  return card;
}

const who = share => share.job ? `${share.tenant} #${share.job}` : '다른 조직';

const reasons = item => item.why ? item.why.chain.map(link => `${gates[link.gate] || link.gate}: ${link.found}`) : [];

function drawJobs(page) {
  const body = $('jobs').tBodies[0];
  const rows = new Map([...body.rows].map(row => [row.dataset.job, row]));
  const wanted = page.jobs.map(item => {
    const id = String(item.job.id);
    const row = rows.get(id) || newRow(id);
    rows.delete(id);
    fillRow(row, item);
    return row;
  });
  for (const row of rows.values()) row.remove();
  wanted.forEach((row, i) => { if (body.rows[i] !== row) body.insertBefore(row, body.rows[i] || null); });
  next = page.next;
  const first = (beginnings.length - 1) * pageSize;
  say('shown', page.jobs.length === 0 ? '작업이 없습니다' : `${count(first + 1)}–${count(first + page.jobs.length)}${page.matched !== null ? ` / ${count(page.matched)}` : ''}`);
  $('before').disabled = beginnings.length === 1;
  $('after').disabled = next === null;
  say('state', `실행 ${count(page.running)} · 대기 ${count(page.pending)}`);
}

function newRow(id) {
  const row = element('tr', undefined, 'job');
  row.dataset.job = id;
  row.setAttribute('role', 'row');
  for (const label of ['번호', '조직', '이름', '상태', '장치', '까닭', '언제']) {
    const cell = element('td');
    cell.dataset.label = label;
    cell.setAttribute('role', 'cell');
    row.append(cell);
  }
  const open = element('button', id);
  open.type = 'button';
  open.setAttribute('aria-label', `작업 ${id} 보기`);
  row.cells[0].append(open);
  row.cells[2].append(element('span', '', 'name'));
  row.cells[4].className = 'number';
  row.onclick = () => show(Number(id));
  return row;
}

function fillRow(row, item) {
  const job = item.job, name = job.request.name || job.request.command[0];
  const why = item.why ? reasons(item) : [job.reason].filter(Boolean);
  if (row.dataset.why !== why.join('\n')) {
    row.dataset.why = why.join('\n');
    row.cells[5].replaceChildren(...why.length ? [element('div')] : []);
    for (const link of why) row.cells[5].firstChild.append(element('div', link));
  }
  const texts = [, job.tenant, name, phases[job.phase], count(job.request.workers * job.request.devices), , when(item)];
  texts.forEach((text, i) => {
    const place = i === 2 ? row.cells[2].firstChild : row.cells[i];
    if (place.textContent !== text) place.textContent = text;
  });
  row.cells[2].firstChild.title = name;
  row.classList.toggle('shown', job.id === shown);
}

function life(item) {
  const job = item.job;
  say('detail-title', `작업 ${job.id} · ${phases[job.phase]}`);
  say('detail-name', [job.request.name, job.tenant, job.request.command.join(' ').slice(0, 2000)].filter(Boolean).join(' · '));
  const facts = [`제출 ${clock(job.submitted, true)}`, job.started && `시작 ${clock(job.started, true)}`, job.ended && `끝 ${clock(job.ended, true)}`, job.attempt ? `${job.attempt}번째 실행` : '아직 실행하지 않음', `양보 ${job.preemptions}번`, job.nodes.join(', '), job.checkpoints && (job.checkpoints.saved_at ? `마지막 저장 ${clock(job.checkpoints.saved_at, true)}` : '아직 저장하지 않음'), item.starts_until && `시작 예상 ${forecast(item)} (다섯 번에 네 번은 이 사이)`, job.reason].filter(Boolean);
  if (changed('life', facts)) $('detail-life').replaceChildren(...facts.map(fact => element('li', fact)));
  const why = reasons(item);
  if (changed('why', why)) $('detail-why').replaceChildren(...why.map(link => element('li', link)));
  say('detail-advice', advice(item));
}

async function show(id) {
  [shown, offset] = [id, null];
  $('detail').hidden = false;
  $('log').textContent = '';
  for (const row of $('jobs').tBodies[0].rows) row.classList.toggle('shown', row.dataset.job === String(id));
  try {
    await follow();
    $('detail-title').focus();
    $('detail').scrollIntoView({ block: 'nearest' });
  } catch (fault) {
    say('state', fault.message);
  }
}

function close() {
  const row = [...$('jobs').tBodies[0].rows].find(one => one.dataset.job === String(shown));
  shown = null;
  $('detail').hidden = true;
  if (row) { row.classList.remove('shown'); row.cells[0].firstChild.focus(); }
}

// The end of the log first, and then what is added.
async function follow() {
  if (shown === null) return;
  const id = shown, from = offset;
  const [item, response] = await Promise.all([json('/jobs/' + id), ask(`/jobs/${id}/log?${from === null ? 'tail=65536' : 'offset=' + from}`)]);
  const text = await response.text();
  if (id !== shown || from !== offset) return;
  offset = Number(response.headers.get('X-Next-Offset'));
  life(item);
  if (!text) return;
  const log = $('log'), atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 20;
  log.append(text);
  if (log.textContent.length > longestLog) log.textContent = log.textContent.slice(-longestLog / 2);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function bar(kind, part) {
  const track = element('span', undefined, 'bar ' + kind), fill = element('i');
  fill.style.width = `${100 * Math.min(1, part)}%`;
  track.append(fill);
  return track;
}

function spent(used, most, unit) {
  const box = element('div', undefined, 'budget'), gauge = element('progress');
  gauge.max = Math.max(most, 1e-9);
  gauge.value = Math.min(used, most);
  gauge.setAttribute('aria-label', `예산 ${unit}`);
  box.append(element('span', `${used.toLocaleString('ko-KR', { maximumFractionDigits: 2 })} / ${most.toLocaleString('ko-KR')} ${unit}`), gauge);
  return box;
}

function drawTenants(tenants) {
  if (!changed('tenants', tenants)) return;
  $('tenants').tBodies[0].replaceChildren(...[...tenants].sort((a, b) => a.path < b.path ? -1 : 1).map(tenant => {
    const row = element('tr');
    row.setAttribute('role', 'row');
    const cells = ['조직', '몫과 사용', '보장 장치', '지금 장치', '쓴 장치시간', '예산', '소진 예상'].map(label => {
      const cell = element('td');
      cell.dataset.label = label;
      cell.setAttribute('role', 'cell');
      return cell;
    });
    cells[0].textContent = tenant.path;
    const bars = element('div', undefined, 'bars');
    bars.append(element('span', `몫 ${percent(tenant.share)} · 사용 ${percent(tenant.used)}${tenant.used > tenant.share ? ' · 몫보다 많음' : ''}`), bar('share', tenant.share), bar(tenant.used > tenant.share ? 'used over' : 'used', tenant.used));
    cells[1].append(bars);
    [tenant.guaranteed, tenant.devices].forEach((number, i) => { cells[2 + i].textContent = count(number); });
    cells[4].textContent = tenant.gpu_hours.toLocaleString('ko-KR', { maximumFractionDigits: 2 });
    for (const i of [2, 3, 4]) cells[i].className = 'number';
    if (tenant.budget_gpu_hours !== null) cells[5].append(spent(tenant.gpu_hours, tenant.budget_gpu_hours, '장치시간'));
    if (tenant.budget_won !== null) cells[5].append(spent(tenant.won, tenant.budget_won, '원'));
    if (!cells[5].firstChild) cells[5].textContent = '없음';
    const over = (used, most) => most !== null && used >= most, far = Date.now() / 1000 + farAway;
    cells[6].textContent = over(tenant.gpu_hours, tenant.budget_gpu_hours) || over(tenant.won, tenant.budget_won) ? '다 씀' : tenant.spent_up ? tenant.spent_up < far ? new Date(tenant.spent_up * 1000).toLocaleDateString('ko-KR') : '먼 뒤' : '';
    row.append(...cells);
    return row;
  }));
}

// Device-seconds stand in the hours in which the devices were held.
function drawUsage(used) {
  if (!changed('usage', used)) return;
  const ns = 'http://www.w3.org/2000/svg', last = Math.floor(Date.now() / 3600000) * 3600, width = 720 / usageHours;
  const sum = hour => parts.reduce((all, part) => all + hour[part], 0);
  const most = Math.max(...used.map(sum), 1e-9);
  $('usage').replaceChildren(...used.flatMap(hour => {
    let top = 120;
    return parts.filter(part => hour[part] > 0).map(part => {
      const rect = document.createElementNS(ns, 'rect'), height = 118 * hour[part] / most;
      top -= height;
      for (const [name, value] of Object.entries({ x: (usageHours - 1 - (last - hour.at) / 3600) * width + 1, y: top, width: width - 2, height, class: part })) rect.setAttribute(name, value);
      return rect;
    });
  }));
  $('usage-axis').replaceChildren(...[usageHours - 1, 36, 24, 12, 0].map(back => element('span', back ? hourOf(last - 3600 * back) : '지금')));
  say('usage-label', used.length ? `지난 ${usageHours}시간에 쓴 장치시간을 시각별로 쌓았습니다. 가장 많은 시각 ${hours(most)} 장치시간, 모두 ${hours(used.reduce((all, hour) => all + sum(hour), 0))} 장치시간` : `지난 ${usageHours}시간에 쓴 장치가 없습니다`);
  $('hours').tBodies[0].replaceChildren(...[...used].reverse().map(hour => {
    const row = element('tr');
    row.append(element('td', hourOf(hour.at)), ...parts.map(part => element('td', hours(hour[part]), 'number')));
    return row;
  }));
}

function jobsPath() {
  const beyond = beginnings[beginnings.length - 1];
  return `/jobs?view=${new FormData($('filter')).get('view')}&limit=${pageSize}&text=${encodeURIComponent($('text').value)}${beyond === null ? '' : '&beyond=' + beyond}`;
}

async function refresh() {
  const mine = ++round;
  clearTimeout(timer);
  if (!key) return enter();
  try {
    const now = Date.now(), withUsage = now - usageAt > usageEvery;
    const [jobs, pools, tenants, used] = await Promise.all([json(jobsPath()), json('/pools'), json('/tenants'), withUsage ? json('/usage/hours?last=' + usageHours) : null]);
    if (mine !== round) return;
    $('login').hidden = true;
    $('content').hidden = $('leave').hidden = false;
    drawJobs(jobs);
    drawPools(pools.pools);
    drawTenants(tenants.tenants);
    if (used) { usageAt = now; drawUsage(used.hours); }
    await follow();
  } catch (fault) {
    if (mine !== round) return;
    if (fault.message === 'key') return enter();
    say('state', fault.message);
  }
  if (mine === round) timer = setTimeout(refresh, refreshEvery);
}

function enter() {
  $('login').hidden = false;
  $('content').hidden = $('leave').hidden = true;
  say('state', 'API 키가 필요합니다');
  $('key').focus();
}

function turn(pages) {
  beginnings = pages;
  refresh();
}

$('key-form').onsubmit = event => {
  event.preventDefault();
  key = $('key').value.trim();
  sessionStorage.setItem('key', key);
  usageAt = 0;
  refresh();
};
$('leave').onclick = () => {
  key = $('key').value = '';
  sessionStorage.removeItem('key');
  shown = null;
  location.reload();
};
$('filter').onsubmit = event => event.preventDefault();
$('filter').oninput = () => turn([null]);
$('before').onclick = () => turn(beginnings.slice(0, -1));
$('after').onclick = () => turn([...beginnings, next]);
$('close').onclick = close;
$('detail').onkeydown = event => { if (event.key === 'Escape') close(); };
refresh();
