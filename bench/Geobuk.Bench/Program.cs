using System.CommandLine;
using Geobuk.Bench;
using Geobuk.Inference;
using Geobuk.Inference.Kernels;
using Geobuk.Models.Quantization;

var config = new Argument<string>("CONFIG") { Description = "A config.json: the shape." };
var file = new Argument<string>("FILE") { Description = "A GGUF file." };
var target = new Option<string>("--out") { Description = "The file or folder to write.", Required = true };
var preset = new Option<string>("--preset") { Description = "Types of the matrices; bf16 with --format hf.", DefaultValueFactory = _ => "q4_k_m" };
var format = new Option<string>("--format") { Description = "gguf or hf.", DefaultValueFactory = _ => "gguf" };
var threads = new Option<int>("--threads") { DefaultValueFactory = _ => Environment.ProcessorCount };
var tokens = new Option<int>("--gen") { Description = "Tokens to generate.", DefaultValueFactory = _ => 32 };

var changes = new Option<string[]>("--set") { Description = "Keys of the shape with other numbers: num_hidden_layers=4.", DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = true };
var synthesize = new Command("synthesize", "Write a model of a shape with random weights, to measure size and speed.") { config, target, preset, format, changes };
synthesize.SetAction(arguments =>
{
    if (arguments.GetRequiredValue(format) == "hf") RandomModel.WriteFolder(arguments.GetRequiredValue(config), arguments.GetRequiredValue(target), arguments.GetRequiredValue(changes));
    else RandomModel.WriteFile(arguments.GetRequiredValue(config), arguments.GetRequiredValue(preset), arguments.GetRequiredValue(target));
});

var decode = new Command("decode", "Open a model and generate: time to open, resident memory, speed against memory bandwidth.") { file, threads, tokens };
decode.SetAction(arguments => DecodeMeasure.Run(arguments.GetRequiredValue(file), arguments.GetValue(threads), arguments.GetValue(tokens)));

var dispatch = new Command("dispatch", "What it costs to share a loop among so many threads.") { threads };
dispatch.SetAction(arguments => KernelMeasure.Dispatch(arguments.GetValue(threads)));

var bandwidth = new Command("bandwidth", "Bytes read from memory in a second by so many threads.") { threads };
bandwidth.SetAction(arguments => Console.WriteLine($"{MemoryBandwidth.Measure(arguments.GetValue(threads)) / 1e9:f2} GB/s"));

var files = new Argument<string[]>("FILE") { Description = "GGUF files.", Arity = ArgumentArity.OneOrMore };
var script = new Option<string>("--peer") { Description = "tests/oracle/peer.mjs.", Required = true };
var counts = new Option<int[]>("--threads") { Description = "Numbers of threads.", DefaultValueFactory = _ => [1, 2], AllowMultipleArgumentsPerToken = true };
var prompt = new Option<int>("--prompt") { Description = "Prompt tokens.", DefaultValueFactory = _ => 512 };
var repeat = new Option<int>("--repeat") { Description = "Measured rounds after one to warm up.", DefaultValueFactory = _ => 3 };
// llama.cpp takes the best of the libraries that lie beside it (libggml-cpu-*.so): for an older processor's figures hide the others from it.
var forced = new Option<KernelPath?>("--kernels") { Description = "Our instructions, as of an older processor; the fastest where it is not given." };
var compare = new Command("compare", "Prefill and decode beside llama.cpp on the same files, taking turns, medians.") { files, script, forced, counts, prompt, tokens, repeat };
compare.SetAction(arguments =>
{
    SideBySide.Head();
    foreach (var path in arguments.GetRequiredValue(files))
    {
        SideBySide.Run(Path.GetFullPath(arguments.GetRequiredValue(script)), path, arguments.GetValue(forced), arguments.GetRequiredValue(counts),
            arguments.GetValue(prompt), arguments.GetValue(tokens), arguments.GetValue(repeat));
    }
});

var sequences = new Option<int>("--sequences") { Description = "Sequences at once.", DefaultValueFactory = _ => 8 };
var parallel = new Command("parallel", "Several sequences at once beside llama.cpp with as many in one context, taking turns, medians.") { files, script, threads, sequences, prompt, tokens, repeat };
parallel.SetAction(arguments =>
{
    SideBySide.ParallelHead();
    foreach (var path in arguments.GetRequiredValue(files))
    {
        SideBySide.RunParallel(Path.GetFullPath(arguments.GetRequiredValue(script)), path, arguments.GetValue(threads), arguments.GetValue(sequences),
            arguments.GetValue(prompt), arguments.GetValue(tokens), arguments.GetValue(repeat));
    }
});

var text = new Option<string>("--text") { Description = "A UTF-8 text.", Required = true };
var caches = new Command("caches", "What each type of the key-value cache costs and changes.") { file, text, threads, prompt, tokens };
caches.SetAction(arguments => CacheMeasure.Run(
    arguments.GetRequiredValue(file), arguments.GetRequiredValue(text), arguments.GetValue(threads), arguments.GetValue(prompt), arguments.GetValue(tokens)));

var drafts = new Command("drafts", "What drafting from a corpus brings, by how much of the answer stands there.") { file, threads, prompt, tokens, repeat };
drafts.SetAction(arguments => DraftMeasure.Run(
    arguments.GetRequiredValue(file), arguments.GetValue(threads), arguments.GetValue(prompt), arguments.GetValue(tokens), arguments.GetValue(repeat)));

var path = new Option<KernelPath>("--kernels") { Description = "Instructions.", DefaultValueFactory = _ => KernelPaths.Choose(null) };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 100 };
var only = new Option<GgmlType?>("--type") { Description = "One format only." };
var kernels = new Command("kernels", "What the matrix kernels reach on one core.") { path, rounds, only };
kernels.SetAction(arguments => KernelMeasure.Run(arguments.GetValue(path), arguments.GetValue(rounds), arguments.GetValue(only)));

var libraries = new Option<string>("--libraries") { Description = "llama.cpp's libraries.", Required = true };
var quantize = new Command("llama-quantize", "llama.cpp's quantizer on an unquantized GGUF file: seconds and memory.") { file, target, preset, threads, libraries };
quantize.SetAction(arguments => QuantizerPeer.Quantize(arguments.GetRequiredValue(libraries), arguments.GetRequiredValue(file), arguments.GetRequiredValue(target), arguments.GetRequiredValue(preset), arguments.GetValue(threads)));

var oracle = new Option<string>("--peer") { Description = "tests/oracle/logits.mjs.", Required = true };
var agree = new Command("agree", "llama.cpp's next-token probabilities on a file against the engine's.") { file, oracle };
agree.SetAction(arguments => QuantizerPeer.Agree(arguments.GetRequiredValue(oracle), arguments.GetRequiredValue(file)));

return new RootCommand("Measurements of Geobuk.") { synthesize, decode, dispatch, bandwidth, compare, parallel, caches, drafts, kernels, quantize, agree }.Parse(args).Invoke();
