// The chat page: asks the server it came from, shows the answer token by token. No framework, no other source.

const byId = id => document.getElementById(id);
const page = {
  log: byId("log"), scroll: byId("scroll"), form: byId("question"), input: byId("input"), send: byId("send"), stop: byId("stop"),
  status: byId("status"), model: byId("model"), clear: byId("clear"), note: byId("mode-note"), welcome: byId("welcome-model"),
  settings: byId("settings"), toggle: byId("settings-toggle"), temperature: byId("temperature"), temperatureValue: byId("temperature-value"),
  maxTokens: byId("max-tokens"), seed: byId("seed"), key: byId("api-key"), modes: [...document.querySelectorAll("input[name=mode]")],
};
const keysHint = [...page.status.childNodes];

const notes = {
  question: "‘질문: … 답:’ 꼴로 이어 쓰게 합니다. 지시 학습을 하지 않은 모델에 알맞으며, 질문마다 따로 답합니다.",
  chat: "모델의 대화 양식으로 앞의 말을 이어 갑니다. 지시 학습을 한 모델에 알맞습니다.",
};

const errors = {
  invalid_api_key: "API 키가 필요하거나 맞지 않습니다. 설정에서 키를 넣으십시오.",
  context_length_exceeded: "대화가 모델의 문맥 길이를 넘었습니다. ‘새 대화’로 다시 시작하십시오.",
  queue_full: "기다리는 요청이 많습니다. 잠시 뒤에 다시 보내십시오.",
  rate_limit_exceeded: "이 키로 쓸 수 있는 양을 다 썼습니다. 잠시 뒤에 다시 보내십시오.",
  role_not_allowed: "이 키로는 물을 수 없습니다. 관리자에게 문의하십시오.",
  shutting_down: "서버가 종료되고 있습니다.",
  timeout: "정해진 시간 안에 끝내지 못했습니다. 답의 최대 길이를 줄여 보십시오.",
  no_chat_template: "이 모델에는 대화 양식이 없습니다. ‘문답’을 고르십시오.",
  model_not_found: "그 모델은 더 이상 제공되지 않습니다. 화면을 새로 여십시오.",
};

const defaults = { mode: "question", temperature: "0", maxTokens: "256", seed: "" };
let models = [];
let turns = [];
let conversation = 0;
let running = null;

// ---- settings: kept in the browser, the key only as long as the window lives ----

function remember() {
  localStorage.setItem("geobuk", JSON.stringify({ mode: mode(), temperature: page.temperature.value, maxTokens: page.maxTokens.value, seed: page.seed.value }));
  sessionStorage.setItem("geobuk-key", page.key.value);
}

function recall() {
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem("geobuk") ?? "{}"); } catch { /* someone else wrote there: start afresh */ }
  const settings = { ...defaults, ...kept };
  page.temperature.value = settings.temperature;
  page.maxTokens.value = settings.maxTokens;
  page.seed.value = settings.seed;
  page.key.value = sessionStorage.getItem("geobuk-key") ?? "";
  choose(settings.mode);
  showSettings();
}

function showSettings() {
  page.temperatureValue.value = Number(page.temperature.value).toFixed(1);
  page.note.textContent = notes[mode()];
}

const mode = () => page.modes.find(radio => radio.checked)?.value ?? "question";

function choose(value) {
  const radio = page.modes.find(radio => radio.value === value && !radio.disabled) ?? page.modes[0];
  radio.checked = true;
}

// ---- the server ----

function headers() {
  const key = page.key.value.trim();
  return { "Content-Type": "application/json", ...(key && { Authorization: `Bearer ${key}` }) };
}

async function failure(response) {
  const body = await response.json().catch(() => null);
  return new Error(explain(body?.error) ?? `서버가 ${response.status}(으)로 답했습니다.`);
}

const explain = error => error && (errors[error.code] ?? error.message);

async function loadModels() {
  try {
    const response = await fetch("/v1/models", { headers: headers() });
    if (response.status === 401) openSettings(page.key);
    if (!response.ok) throw await failure(response);
    models = (await response.json()).data;
    page.model.replaceChildren(...models.map(model => new Option(model.id, model.id)));
    page.model.disabled = models.length < 2;
    page.model.classList.toggle("several", models.length > 1);
    showModel();
    if (page.status.dataset.failed) say(null);
  } catch (error) {
    page.model.replaceChildren(new Option("모델 없음"));
    say(error instanceof TypeError ? "서버에 닿지 못했습니다. 서버가 켜져 있는지 보십시오." : error.message, true);
  }
}

function showModel() {
  const model = models.find(model => model.id === page.model.value);
  if (!model) return;
  const chat = page.modes.find(radio => radio.value === "chat");
  chat.disabled = model.has_chat_template === false;
  if (chat.disabled && chat.checked) choose("question");
  page.welcome.textContent = model.parameters === undefined ? model.id : `${model.id} · 매개변수\u00a0${count(model.parameters)} · ${size(model.bytes)} · 문맥\u00a0${model.max_model_len.toLocaleString("ko")}토큰`;
  document.title = `거북 — ${model.id}`;
  showSettings();
}

const count = n => n >= 1e8 ? `${trim(n / 1e8)}억` : n >= 1e4 ? `${Math.round(n / 1e4).toLocaleString("ko")}만` : String(n);
const size = n => n >= 1 << 30 ? `${trim(n / (1 << 30))} GiB` : `${trim(n / (1 << 20))} MiB`;
const trim = n => n >= 100 ? Math.round(n).toString() : n.toFixed(1).replace(/\.0$/, "");

function request(question) {
  const common = {
    model: page.model.value, stream: true, stream_options: { include_usage: true },
    temperature: Number(page.temperature.value), max_tokens: Math.max(1, Math.trunc(Number(page.maxTokens.value)) || 256),
    ...(page.seed.value !== "" && { seed: Math.trunc(Number(page.seed.value)) }),
  };
  if (mode() === "chat")
    return ["/v1/chat/completions", { ...common, messages: [...turns, { role: "user", content: question }] }];
  return ["/v1/completions", { ...common, prompt: `질문: ${question}\n답:`, stop: ["\n질문:", "\n\n"] }];
}

/** Lets keys and clicks in: what is already there to be read leaves them no turn. Timers would be slowed in the background. */
const breathe = () => new Promise(done => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    channel.port1.close();
    done();
  };
  channel.port2.postMessage(null);
});

/** Yields the JSON of each server-sent event until [DONE]. */
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("답이 도중에 끊겼습니다.");
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      // Comments are for whoever wants to know of the queue.
      const queue = /^: queue (\d+)$/.exec(block);
      if (queue) yield { queue: Number(queue[1]) };
      const data = block.startsWith("data: ") ? block.slice(6) : null;
      if (data === "[DONE]") return;
      if (data) yield JSON.parse(data);
    }
  }
}

// ---- one question and its answer ----

async function ask(question) {
  const mine = conversation;
  running = new AbortController();
  busy(true);
  addTurn("user", question);
  const turn = addTurn("assistant", "");
  const answer = { text: "", pieces: 0, started: performance.now(), first: null, last: null, usage: null, finish: null, drawing: null };
  try {
    const [path, body] = request(question);
    const response = await fetch(path, { method: "POST", headers: headers(), body: JSON.stringify(body), signal: running.signal });
    if (response.status === 401) openSettings(page.key);
    if (!response.ok) throw await failure(response);
    let breathed = performance.now();
    for await (const event of events(response)) {
      take(event, answer, turn);
      if (performance.now() - breathed < 30) continue;
      await breathe();
      breathed = performance.now();
    }
  } catch (error) {
    settle(answer, turn);
    if (error.name === "AbortError") answer.finish = "stopped";
    else showError(turn, error instanceof TypeError ? "서버와 이어지지 않습니다." : error.message);
  }
  settle(answer, turn);
  turn.element.setAttribute("aria-busy", "false");
  turn.facts.textContent = facts(answer);
  // A conversation goes on from whole turns only.
  if (answer.text && mine === conversation) turns.push({ role: "user", content: question }, { role: "assistant", content: answer.text });
  running = null;
  busy(false);
}

function take(event, answer, turn) {
  if (event.error) throw new Error(explain(event.error));
  if (event.queue) return say(`기다리는 중 · 대기 순서 ${event.queue}번째`);
  if (event.usage) answer.usage = event.usage;
  const choice = event.choices?.[0];
  if (!choice) return;
  answer.finish = choice.finish_reason ?? answer.finish;
  const piece = choice.text ?? choice.delta?.content ?? "";
  if (!piece) return;
  answer.last = performance.now();
  answer.first ??= answer.last;
  answer.pieces++;
  answer.text += answer.text ? piece : piece.trimStart();
  // Once a frame: a page that is laid out for every token of a fast answer hears no key.
  answer.drawing ??= requestAnimationFrame(() => draw(answer, turn));
}

/** Draws at once what waits for a frame. */
function settle(answer, turn) {
  if (answer.drawing === null) return;
  cancelAnimationFrame(answer.drawing);
  draw(answer, turn);
}

function draw(answer, turn) {
  answer.drawing = null;
  const atEnd = page.scroll.scrollHeight - page.scroll.scrollTop - page.scroll.clientHeight < 40;
  turn.text.textContent = answer.text;
  if (atEnd) page.scroll.scrollTop = page.scroll.scrollHeight;
  say(`답하는 중 · 약 ${answer.pieces}토큰${rate(answer.pieces - 1, answer.last - answer.first)}`);
}

const rate = (tokens, milliseconds) => tokens > 0 && milliseconds > 0 ? ` · ${(tokens * 1000 / milliseconds).toFixed(1)}토큰/초` : "";

function facts(answer) {
  const tokens = answer.usage?.completion_tokens ?? answer.pieces;
  if (!tokens) return answer.finish === "stopped" ? "중지함" : "";
  const parts = [`${tokens}토큰${rate(tokens - 1, answer.last - answer.first)}`];
  if (answer.first) parts.push(`첫 토큰 ${((answer.first - answer.started) / 1000).toFixed(2)}초`);
  if (answer.finish === "length") parts.push("최대 길이에서 끝남");
  if (answer.finish === "stopped") parts.push("중지함");
  return parts.join(" · ");
}

// ---- the page ----

function addTurn(role, content) {
  const element = document.createElement("article");
  element.className = `turn ${role}`;
  element.setAttribute("aria-label", role === "user" ? "질문" : "답");
  const text = document.createElement("div");
  text.className = "text";
  text.textContent = content;
  element.append(text);
  const facts = document.createElement("p");
  facts.className = "facts";
  if (role === "assistant") {
    element.setAttribute("aria-busy", "true");
    element.append(facts);
  }
  page.log.append(element);
  page.scroll.scrollTop = page.scroll.scrollHeight;
  return { element, text, facts };
}

function showError(turn, message) {
  const error = document.createElement("p");
  error.className = "error";
  error.setAttribute("role", "alert");
  error.textContent = message;
  turn.facts.before(error);
  if (!turn.text.textContent) turn.text.remove();
  page.scroll.scrollTop = page.scroll.scrollHeight;
}

function say(message, failed = false) {
  if (message === null) page.status.replaceChildren(...keysHint);
  else page.status.textContent = message;
  if (failed) page.status.dataset.failed = "yes";
  else delete page.status.dataset.failed;
}

function busy(isBusy) {
  page.send.hidden = isBusy;
  page.stop.hidden = !isBusy;
  page.model.disabled = isBusy || models.length < 2;
  if (isBusy) say("기다리는 중…");
  else say(null);
}

function openSettings(focus) {
  page.settings.hidden = false;
  page.toggle.setAttribute("aria-expanded", "true");
  focus?.focus();
}

function fitInput() {
  page.input.style.height = "auto";
  page.input.style.height = `${page.input.scrollHeight + 2}px`;
}

page.form.addEventListener("submit", event => {
  event.preventDefault();
  const question = page.input.value.trim();
  if (!question || running || models.length === 0) return;
  page.input.value = "";
  fitInput();
  ask(question);
});

page.input.addEventListener("keydown", event => {
  // While Hangul is being composed, Enter belongs to the input method.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  page.form.requestSubmit();
});

document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || event.isComposing) return;
  if (running) running.abort();
  page.input.focus();
});

page.input.addEventListener("input", fitInput);
page.stop.addEventListener("click", () => { running?.abort(); page.input.focus(); });
page.clear.addEventListener("click", () => {
  running?.abort();
  conversation++;
  turns = [];
  page.log.replaceChildren();
  page.input.focus();
});
page.toggle.addEventListener("click", () => {
  page.settings.hidden = !page.settings.hidden;
  page.toggle.setAttribute("aria-expanded", String(!page.settings.hidden));
});
page.settings.addEventListener("submit", event => event.preventDefault());
// After a click the next thing is to write; who moves by keyboard stays where they are.
document.querySelector(".segmented").addEventListener("pointerup", () => setTimeout(() => page.input.focus()));
page.model.addEventListener("change", showModel);
for (const field of [page.temperature, page.maxTokens, page.seed, ...page.modes])
  field.addEventListener("input", () => { showSettings(); remember(); });
page.key.addEventListener("change", () => { remember(); loadModels(); });

recall();
fitInput();
loadModels();
