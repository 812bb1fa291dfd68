using Geobuk.Compression.Export;
using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Tokenization;
using Xunit.Abstractions;

namespace Geobuk.Compression.Tests.Oracle;

/// <summary>llama.cpp opens the files and computes what the engine computes from the checkpoint they were made of.</summary>
public sealed class LlamaCppTests(ITestOutputHelper output) : IDisposable
{
    private static readonly Random s_random = new(1);

    // Every prefix of them is one comparison.
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 200).Select(_ => s_random.Next(320))];

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableTheory]
    [InlineData("llama", "f32")]
    [InlineData("llama", "f16")]
    [InlineData("llama-biased", "f32")]
    [InlineData("llama-llama3rope", "f32")]
    [InlineData("llama-linear", "f32")]
    [InlineData("qwen2", "f32")]
    [InlineData("qwen2", "f16")]
    [InlineData("qwen2-yarn", "f32")]
    public void Probabilities_OfAPlainFile_EqualTheEnginesOnItAndOnTheCheckpoint(string shape, string preset)
    {
        LlamaCpp.Folder();
        var model = TinyModel.Write(_folder, Shape(shape));
        var file = Compress(model, preset);
        var oracle = LlamaCpp.Probabilities(file, s_ids);
        var (onFile, onCheckpoint) = (Difference(oracle, Probabilities(file)), Difference(oracle, Probabilities(model)));
        output.WriteLine($"{shape} {preset}: largest difference {onFile:g3}, from the checkpoint {onCheckpoint:g3}");
        Assert.InRange(onFile, 0, 1e-3);
        Assert.InRange(onCheckpoint, 0, 1e-3);
    }

    [SkippableTheory]
    [InlineData("llama", "q8_0", 1e-3)]
    [InlineData("llama", "q6_k", 5e-3)]
    [InlineData("llama", "q4_0", 0.15)]
    [InlineData("llama", "q4_k_m", 0.15)]
    [InlineData("qwen2", "q8_0", 1e-3)]
    [InlineData("qwen2", "q4_k_m", 0.15)]
    [InlineData("llama-narrow", "q4_k_m", 0.15)]
    public void Probabilities_OfAQuantizedFile_EqualTheEnginesOnItAndStayNearTheCheckpoint(string shape, string preset, double most)
    {
        LlamaCpp.Folder();
        var model = TinyModel.Write(_folder, Shape(shape));
        var file = Compress(model, preset);
        var (light, full) = (LlamaCpp.Probabilities(file, s_ids), Probabilities(model));
        var divergence = light.Zip(full, (p, q) => q.Zip(p, (full, light) => full * Math.Log(full / light)).Sum()).Average();
        var difference = Difference(light, Probabilities(file));
        output.WriteLine($"{shape} {preset}: mean divergence {divergence:g3}, largest difference from the engine {difference:g3}");
        // Random matrices have no redundancy to hide the rounding; a wrong layout gives more than 1.
        Assert.InRange(divergence, 0, most);
        // Both round their inputs to 8 bits: for Q8_0 in the same blocks, for the K types each in its own. What lies on the edge
        // between two values may still fall differently, and the difference grows on its way through the layers.
        Assert.InRange(difference, 0, 0.02);
        if (preset != "q8_0") return;
        var differences = Rows(light, Probabilities(file)).Order().ToArray();
        output.WriteLine($"{shape} {preset}: median {differences[100]:g3}, nine in ten below {differences[180]:g3}");
        Assert.InRange(differences[180], 0, 1e-3);
    }

    /// <summary>
    /// Inputs of Q8_0 products are rounded to 8 bits. Where one lies in the middle between two bytes, the order of the sums before it
    /// decides, and llama.cpp itself gives other probabilities token by token than for the whole sequence. What can be asked: from the
    /// exact values, those of the same weights with inputs that are not rounded, we are no farther than it is.
    /// </summary>
    [SkippableTheory]
    [InlineData("llama", 1)]
    [InlineData("qwen2", 1)]
    public void Probabilities_OfAQ8_0File_AreAsNearToTheExactOnesAsLlamaCpps(string shape, int seed)
    {
        LlamaCpp.Folder();
        var random = new Random(seed);
        int[] ids = [.. Enumerable.Range(0, 200).Select(_ => random.Next(320))];
        var file = Compress(TinyModel.Write(_folder, Shape(shape)), "q8_0");
        var decoded = Path.Combine(_folder, "decoded");
        CheckpointExporter.Write(file, decoded, TensorDataType.F32);
        var (exact, ours) = (Probabilities(decoded, ids), Probabilities(file, ids));
        var (theirs, theirsSingly) = (LlamaCpp.Probabilities(file, ids), LlamaCpp.Probabilities(file, ids, batch: 1));
        output.WriteLine($"{shape} {seed}: ours to llama.cpp {Summary(ours, theirs)}; llama.cpp to itself token by token {Summary(theirs, theirsSingly)}");
        output.WriteLine($"{shape} {seed}: to the exact values: ours {Summary(ours, exact)}, llama.cpp {Summary(theirs, exact)}, token by token {Summary(theirsSingly, exact)}");
        Assert.InRange(Rows(ours, exact).Average(), 0, 1.1 * Rows(theirs, exact).Average());
        Assert.InRange(Rows(ours, theirs).Average(), 0, 0.5 * Rows(theirs, exact).Average());
    }

    [SkippableTheory]
    [InlineData("제3조(휴가) 휴가는 연가, 公暇로 구분한다.\n\n  ＡＢＣ 123456 don't 한글과 英文 mixed…", false)]
    [InlineData("<|im_start|><|user|>휴가는 며칠인가?<|im_end|>", true)]
    public void Tokens_OfTheFile_EqualTheTokenizers(string text, bool special)
    {
        LlamaCpp.Folder();
        var model = TinyModel.Write(_folder, TinyModel.Llama);
        var file = Compress(model, "q8_0");
        Assert.Equal(Tokenizer.Load(model).Encode(text, parseSpecialTokens: special), LlamaCpp.Tokenize(file, text, special));
    }

    private static ModelConfig Shape(string name) => name switch
    {
        "llama" => TinyModel.Llama,
        "llama-biased" => TinyModel.Llama with { QueryKeyValueBias = true, AttentionOutputBias = true },
        "llama-narrow" => TinyModel.Llama with { IntermediateSize = 352 },
        "llama-linear" => TinyModel.Llama with { Rope = new RopeConfig { Scaling = RopeScaling.Linear, Factor = 2 } },
        "llama-llama3rope" => TinyModel.Llama with
        {
            Rope = new RopeConfig { Scaling = RopeScaling.Llama3, Factor = 8, OriginalMaxPositions = 64, LowFrequencyFactor = 1, HighFrequencyFactor = 4 },
        },
        "qwen2" => TinyModel.Qwen2,
        "qwen2-yarn" => TinyModel.Qwen2 with { Rope = new RopeConfig { Theta = 10000, Scaling = RopeScaling.Yarn, Factor = 4, OriginalMaxPositions = 128 } },
        _ => throw new ArgumentException("no such shape", nameof(name)),
    };

    private string Compress(string model, string preset)
    {
        var file = Path.Combine(_folder, "model.gguf");
        ModelCompressor.Write(model, CompressionPreset.Find(preset), file);
        return file;
    }

    private static double[][] Probabilities(string model) => Probabilities(model, s_ids);

    private static double[][] Probabilities(string model, int[] ids)
    {
        using var loaded = InferenceModel.Load(model, new InferenceOptions { Threads = 1 });
        using var engine = new Engine(loaded);
        var rows = new double[ids.Length][];
        engine.Logits(ids, (position, logits) => rows[position] = Softmax(logits));
        return rows;
    }

    private static double[] Softmax(ReadOnlySpan<float> logits)
    {
        var most = float.NegativeInfinity;
        foreach (var logit in logits) most = Math.Max(most, logit);
        var values = new double[logits.Length];
        for (var i = 0; i < values.Length; i++) values[i] = Math.Exp(logits[i] - most);
        var sum = values.Sum();
        return Array.ConvertAll(values, value => value / sum);
    }

    /// <summary>The largest difference of a probability, for every prefix.</summary>
    private static double[] Rows(double[][] first, double[][] second) => [.. first.Zip(second, (p, q) => p.Zip(q, (a, b) => Math.Abs(a - b)).Max())];

    private static string Summary(double[][] first, double[][] second)
    {
        var rows = Rows(first, second).Order().ToArray();
        return $"largest {rows[^1]:g3}, median {rows[rows.Length / 2]:g3}, {rows.Count(row => row > 1e-3)} of {rows.Length} above 1e-3";
    }

    private static double Difference(double[][] first, double[][] second) =>
        first.Zip(second).Max(pair => pair.First.Zip(pair.Second).Max(values => Math.Abs(values.First - values.Second)));
}
