// Usage: node logits.mjs MODEL.gguf IDS.json
// IDS.json is [ids], {"ids", "batch": tokens computed at once} or {"text", "special"}.
// Prints {"tokens": [ids of the text, if IDS.json has one], "probabilities": [[p of every token] per position]}:
// llama.cpp's next-token distribution after each prefix of a sequence of token ids.
import fs from "node:fs";
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const [modelPath, idsPath] = process.argv.slice(2);
const request = JSON.parse(fs.readFileSync(idsPath, "utf8"));

const llama = await getLlama({gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: 2});
const model = await llama.loadModel({modelPath, useMmap: true});
const ids = Array.isArray(request) ? request : request.ids ?? model.tokenize(request.text, request.special ?? false);
const context = await model.createContext({
    contextSize: Math.max(64, ids.length + 8), batchSize: request.batch ?? Math.max(64, ids.length), threads: 2,
    // Flash attention rounds the values to half precision, and where inputs are then rounded to 8 bits that is no longer small.
    flashAttention: false, experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32"
});
const sequence = context.getSequence();
const results = await sequence.controlledEvaluate(ids.map((id) => [id, {generateNext: {logits: true}}]));
const probabilities = results.map((result) => softmax(result.next.logits));
process.stdout.write(JSON.stringify({tokens: ids, probabilities}), () => process.exit(0));

function softmax(logits) {
    const values = new Array(logits.size).fill(0);
    let most = -Infinity;
    for (const logit of logits.values()) most = Math.max(most, logit);
    let sum = 0;
    for (const [token, logit] of logits) {
        values[token] = Math.exp(logit - most);
        sum += values[token];
    }
    return values.map((value) => value / sum);
}
