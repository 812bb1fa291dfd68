'use strict';
const phases = { pending: '대기', running: '실행', leaving: '비우는 중', done: '완료', failed: '실패', cancelled: '취소' };
const gates = { size: '크기', label: '보안 등급', loan: '대여 기간', time: '순서', budget: '예산', quota: '할당량', cohort: '빌려 쓰기', share: '차례', gang: '자리', topology: '배치', handover: '넘겨받는 중' };
let key = sessionStorage.getItem('key') || '';
let shown = null, offset = 0;
const $ = id => document.getElementById(id);

// Everything that comes from outside goes in as text, never as markup.
function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function ask(path) {
  const response = await fetch('/compute/v1' + path, { headers: { Authorization: 'Bearer ' + key } });
  if (response.status === 401) throw new Error('key');
  if (!response.ok) throw new Error((await response.json()).detail);
  return response;
}

function drawPools(pools) {
  $('pools').replaceChildren(...pools.map(pool => {
    const box = element('div');
    const free = pool.nodes.reduce((sum, node) => sum + node.devices - node.shares.reduce((held, share) => held + share.devices, 0), 0);
    box.append(element('h3', `${pool.name} (${pool.provider}) · 빈 장치 ${free}`));
    for (const node of pool.nodes) {
      const card = element('div', undefined, node.healthy ? 'node' : 'node down');
      card.append(element('div', `${node.name} · ${node.kind}`));
      const cells = element('div');
      const held = node.shares.flatMap(share => Array(share.devices).fill(share));
      for (let i = 0; i < Math.min(node.devices, 256); i++) {
        const share = held[i];
        const cell = element('span', undefined, 'cell' + (share ? share.borrowed ? ' lent' : ' busy' : ''));
        cell.title = share ? `${share.tenant}${share.job ? ' #' + share.job : ''}` : '비어 있음';
        cells.append(cell);
      }
      card.append(cells);
      box.append(card);
    }
    return box;
  }));
}

async function drawJobs(jobs) {
  const newest = jobs.slice(-100).reverse();
  const waiting = newest.filter(job => job.phase === 'pending').slice(-20);
  const details = new Map(await Promise.all(waiting.map(async job => [job.id, await (await ask('/jobs/' + job.id)).json()])));
  $('jobs').tBodies[0].replaceChildren(...newest.map(job => {
    const row = element('tr', undefined, 'job');
    row.tabIndex = 0;
    const detail = details.get(job.id);
    const why = detail && detail.why ? detail.why.chain.map(link => `${gates[link.gate] || link.gate}: ${link.found}`).join(' → ') + (detail.why.change ? ` (바꾸면 시작: ${detail.why.change})` : '') : job.reason || '';
    const starts = detail && detail.starts_until ? `${clock(detail.starts_from)}–${clock(detail.starts_until)}` : '';
    for (const text of [job.id, job.tenant, job.request.name || job.request.command[0], phases[job.phase], job.request.workers * job.request.devices, why, starts]) row.append(element('td', text));
    row.onclick = () => show(job);
    row.onkeydown = event => { if (event.key === 'Enter') show(job); };
    return row;
  }));
  const now = shown && jobs.find(job => job.id === shown);
  if (now) life(now);
}

const clock = seconds => new Date(seconds * 1000).toLocaleTimeString('ko-KR');

function life(job) {
  $('detail-title').textContent = `작업 ${job.id} · ${phases[job.phase]}`;
  $('detail-life').textContent = [`제출 ${clock(job.submitted)}`, job.started && `시작 ${clock(job.started)}`, job.ended && `끝 ${clock(job.ended)}`, `${job.attempt}번째 실행`, `양보 ${job.preemptions}번`, job.nodes.join(', '), job.checkpoints && (job.checkpoints.saved_at ? `마지막 저장 ${clock(job.checkpoints.saved_at)}` : '아직 저장하지 않음'), job.reason].filter(Boolean).join(' · ');
}

function show(job) {
  [shown, offset] = [job.id, 0];
  $('detail').hidden = false;
  $('log').textContent = '';
  life(job);
  follow();
}

async function follow() {
  if (shown === null) return;
  const id = shown;
  const response = await ask(`/jobs/${id}/log?offset=${offset}`);
  const text = await response.text();
  if (id !== shown) return;
  offset = Number(response.headers.get('X-Next-Offset'));
  if (text) { $('log').append(text); $('log').scrollTop = $('log').scrollHeight; }
}

function drawTenants(tenants) {
  $('tenants').tBodies[0].replaceChildren(...tenants.map(tenant => {
    const row = element('tr');
    for (const text of [tenant.path, tenant.guaranteed, tenant.devices, tenant.gpu_hours.toFixed(2), tenant.budget_gpu_hours ?? (tenant.budget_won != null ? `${Math.round(tenant.won)} / ${tenant.budget_won}원` : '없음'), tenant.spent_up ? new Date(tenant.spent_up * 1000).toLocaleDateString('ko-KR') : '']) row.append(element('td', text));
    return row;
  }));
}

function drawUsage(entries) {
  const bins = new Map();
  for (const entry of entries) { const hour = Math.floor(entry.at / 3600); bins.set(hour, (bins.get(hour) || 0) + entry.allocated / 3600); }
  const hours = [...bins.keys()].sort((a, b) => a - b).slice(-48);
  const most = Math.max(...hours.map(hour => bins.get(hour)), 1e-9);
  const ns = 'http://www.w3.org/2000/svg';
  const parts = hours.flatMap((hour, i) => {
    const bar = document.createElementNS(ns, 'rect');
    const height = 120 * bins.get(hour) / most;
    for (const [name, value] of Object.entries({ x: i * 15, y: 130 - height, width: 12, height })) bar.setAttribute(name, value);
    const title = document.createElementNS(ns, 'title');
    title.textContent = `${new Date(hour * 3600000).toLocaleString('ko-KR')}: ${bins.get(hour).toFixed(3)} 장치시간`;
    bar.append(title);
    return [bar];
  });
  const label = document.createElementNS(ns, 'text');
  label.setAttribute('x', 0); label.setAttribute('y', 150);
  label.textContent = hours.length ? `최근 ${hours.length}시간, 가장 많을 때 ${most.toFixed(3)} 장치시간` : '아직 끝난 작업이 없습니다';
  $('usage').replaceChildren(...parts, label);
}

async function refresh() {
  if (!key) { $('login').hidden = false; $('state').textContent = 'API 키가 필요합니다'; return; }
  try {
    const [jobs, pools, tenants, usage] = await Promise.all(['/jobs', '/pools', '/tenants', '/usage'].map(async path => (await ask(path)).json()));
    $('login').hidden = true;
    $('content').hidden = false;
    drawPools(pools.pools);
    drawTenants(tenants.tenants);
    drawUsage(usage.entries);
    await drawJobs(jobs.jobs);
    await follow();
    const count = phase => jobs.jobs.filter(job => job.phase === phase).length;
    $('state').textContent = `실행 ${count('running')} · 대기 ${count('pending')}`;
  } catch (fault) {
    if (fault.message === 'key') { $('login').hidden = false; $('content').hidden = true; $('state').textContent = 'API 키가 필요합니다'; }
    else $('state').textContent = fault.message;
  }
}

$('key-form').onsubmit = event => {
  event.preventDefault();
  key = $('key').value.trim();
  sessionStorage.setItem('key', key);
  refresh();
};
refresh();
setInterval(refresh, 1500);
