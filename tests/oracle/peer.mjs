// Usage: node peer.mjs MODEL.gguf THREADS CONTEXT SEQUENCES
// llama.cpp as the peer of a measurement. One command a line on standard input, one line of seconds as the answer:
//   prefill P         a prompt of P tokens in an empty sequence
//   decode P G        a prompt of P tokens, then G tokens one by one; the answer times the last G - 1
//   parallel P G      all sequences at once, each with a prompt of its own and G tokens: seconds until every one has its first token,
//                     seconds from there to the end, tokens that came in these
import readline from "node:readline";
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const [modelPath, threadText, contextText, sequenceText] = process.argv.slice(2);
const threads = Number(threadText);
const sequenceCount = Number(sequenceText ?? 1);
const llama = await getLlama({gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: threads});
const model = await llama.loadModel({modelPath, useMmap: true});
const context = await model.createContext({
    contextSize: Number(contextText), batchSize: 512, threads, sequences: sequenceCount, flashAttention: "auto"
});
const sequences = Array.from({length: sequenceCount}, () => context.getSequence());
const vocabulary = Number(process.env.PEER_VOCABULARY ?? 32000);
const prompt = (length, salt) => Array.from({length}, (_, i) => (i * 7919 + salt * 104729) % vocabulary);
const seconds = (from) => Number(process.hrtime.bigint() - from) / 1e9;

async function prefill(length) {
    await sequences[0].clearHistory();
    const from = process.hrtime.bigint();
    await sequences[0].evaluateWithoutGeneratingNewTokens(prompt(length, 0));
    return seconds(from);
}

async function decode(length, count) {
    await sequences[0].clearHistory();
    let from;
    let taken = 0;
    for await (const _ of sequences[0].evaluate(prompt(length, 0), {temperature: 0, yieldEogToken: true})) {
        if (taken++ === 0) from = process.hrtime.bigint();
        if (taken === count) break;
    }
    return seconds(from);
}

async function parallel(length, count) {
    for (const sequence of sequences) await sequence.clearHistory();
    const from = process.hrtime.bigint();
    const times = await Promise.all(sequences.map(async (sequence, index) => {
        const own = [];
        for await (const _ of sequence.evaluate(prompt(length, index + 1), {temperature: 0, yieldEogToken: true})) {
            own.push(seconds(from));
            if (own.length === count) break;
        }
        return own;
    }));
    const whole = seconds(from);
    const ready = Math.max(...times.map((own) => own[0]));
    return `${ready} ${whole - ready} ${times.flat().filter((time) => time > ready).length}`;
}

const commands = {prefill, decode, parallel};
console.log("ready");
for await (const line of readline.createInterface({input: process.stdin})) {
    const [name, ...numbers] = line.split(" ");
    console.log(String(await commands[name](...numbers.map(Number))));
}
process.exit(0);
