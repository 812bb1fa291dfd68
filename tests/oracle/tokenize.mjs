// Usage: node tokenize.mjs CASES.json
// Prints [[ids of every text] of every case]: what Hugging Face's own tokenizers library makes of the texts, special tokens
// around them. A case is the base tokenizer.json with some parts replaced.
import fs from "node:fs";
import library from "@anush008/tokenizers";

const {base, texts, cases} = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const results = [];
for (const {ignore_merges, byte_fallback, old_merges, ...parts} of cases) {
    const merges = old_merges ? base.model.merges.map((pair) => pair.join(" ")) : base.model.merges;
    const tokenizer = library.Tokenizer.fromString(JSON.stringify({...base, ...parts, model: {...base.model, ignore_merges, byte_fallback, merges}}));
    const ids = [];
    for (const text of texts) ids.push((await tokenizer.encode(text, null, {addSpecialTokens: true})).getIds());
    results.push(ids);
}
process.stdout.write(JSON.stringify(results), () => process.exit(0));
