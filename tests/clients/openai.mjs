// The official OpenAI client for Node against a server of ours: chat, stream, tools, JSON schema, several choices, embeddings, responses, errors.
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2] + "/v1", apiKey: "any-key", maxRetries: 0 });
const messages = [{ role: "user", content: "네?" }];

const models = await client.models.list();
assert.ok(models.data.some(model => model.id === "random"));

const whole = await client.chat.completions.create({ model: "ending", messages });
assert.equal(whole.choices[0].finish_reason, "stop");

let streamed = "", usage = null;
for await (const chunk of await client.chat.completions.create({ model: "ending", messages, stream: true, stream_options: { include_usage: true } })) {
  streamed += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
assert.equal(streamed, whole.choices[0].message.content);
assert.equal(usage.completion_tokens, whole.usage.completion_tokens);

const parameters = { type: "object", properties: { days: { type: "integer", minimum: 1, maximum: 21 } }, required: ["days"], additionalProperties: false };
const called = await client.chat.completions.create({
  model: "random", messages, seed: 3, tool_choice: "required", tools: [{ type: "function", function: { name: "leave", parameters } }],
});
const call = called.choices[0].message.tool_calls[0];
assert.equal(call.function.name, "leave");
assert.ok(JSON.parse(call.function.arguments).days >= 1);

const formed = await client.chat.completions.create({
  model: "random", messages, seed: 3, response_format: { type: "json_schema", json_schema: { name: "leave", strict: true, schema: parameters } },
});
assert.ok(JSON.parse(formed.choices[0].message.content).days <= 21);

const several = await client.chat.completions.create({ model: "random", messages, seed: 3, n: 2, max_tokens: 5 });
assert.deepEqual(several.choices.map(choice => choice.index), [0, 1]);
const prompts = await client.completions.create({ model: "random", prompt: ["네?", "예?"], max_tokens: 2, echo: true, logprobs: 1 });
assert.ok(prompts.choices[1].text.startsWith("예?"));
assert.equal(prompts.choices[1].logprobs.token_logprobs[0], null);

// The client asks for base64 of its own accord and decodes it.
const embeddings = await client.embeddings.create({ model: "random", input: ["휴가", "여비"] });
assert.equal(embeddings.data.length, 2);
assert.ok(Math.abs(embeddings.data[0].embedding.reduce((sum, value) => sum + value * value, 0) - 1) < 1e-4);

const response = await client.responses.create({ model: "ending", input: "네?" });
assert.equal(response.output_text, whole.choices[0].message.content);
let told = "";
for await (const event of await client.responses.create({ model: "ending", input: "네?", stream: true }))
  if (event.type === "response.output_text.delta") told += event.delta;
assert.equal(told, response.output_text);

const tools = [{ type: "function", name: "leave", parameters, strict: true }];
const input = [{ role: "user", content: "휴가는?" }];
const asked = await client.responses.create({ model: "thinking", input, tools, tool_choice: "required", store: false, include: ["reasoning.encrypted_content"] });
assert.equal(asked.output[0].type, "function_call");
input.push(...asked.output, { type: "function_call_output", call_id: asked.output[0].call_id, output: "승인" });
assert.equal((await client.responses.create({ model: "thinking", input, max_output_tokens: 4 })).status, "incomplete");
// Streamed, the client puts the events together itself and fails on one that is out of place.
const events = client.responses.stream({ model: "thinking", input, tools, tool_choice: { type: "function", name: "leave" } });
let done = null;
for await (const event of events) if (event.type === "response.function_call_arguments.done") done = event;
const final = await events.finalResponse();
assert.equal(final.output[0].arguments, done.arguments);
assert.ok(JSON.parse(done.arguments).days >= 1);

await assert.rejects(client.chat.completions.create({ model: "none", messages }), error => error instanceof OpenAI.NotFoundError && error.code === "model_not_found");
await assert.rejects(client.chat.completions.create({ model: "random", messages, temperature: 9 }), error => error instanceof OpenAI.BadRequestError && error.param === "temperature");
console.log("all calls answered as expected");
