using Geobuk.Inference.Reference;
using Geobuk.Inference.Sampling;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Quantization;
using Geobuk.Tests;

namespace Geobuk.Inference.Tests;

public sealed class GgufModelTests : IDisposable
{
    private static readonly int[] s_prompt = [.. Enumerable.Range(0, 40).Select(i => i * 37 % 256)];
    private static readonly ModelConfig s_wide = TinyModel.Shape with
    {
        HiddenSize = 256,
        IntermediateSize = 512,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 64,
        VocabularySize = 300,
    };

    private readonly List<string> _files = [];

    public static TheoryData<string> Folders => Golden.Names;
    public static TheoryData<GgmlType> QuantizedTypes =>
        [.. BlockFormat.Supported.Where(type => type is not (GgmlType.F32 or GgmlType.F16 or GgmlType.BF16))];

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void Logits_OfGoldenModelInGguf_AreTheGoldenOnes(string name)
    {
        var golden = Golden.Load(name);
        var path = Keep(GgufCopy.Write(golden.Folder, GgmlType.F32));
        using var model = InferenceModel.Load(path, new InferenceOptions { Threads = 2, PrefillChunk = 11 });
        using var engine = new Engine(model);
        using var reference = ReferenceModel.Load(path);
        engine.Logits(golden.Sequences[0], (position, logits) => Golden.AssertClose(golden.Logits[0][position], logits, $"{name} position {position}"));
        var twin = reference.Logits(golden.Sequences[1]);
        for (var t = 0; t < twin.Length; t++) Golden.AssertClose(golden.Logits[1][t], twin[t], $"reference, {name} position {t}");
    }

    [Theory]
    [InlineData(null, Pooling.Mean)]
    [InlineData(0u, Pooling.Mean)]
    [InlineData(1u, Pooling.Mean)]
    [InlineData(3u, Pooling.Last)]
    [InlineData(2u, null)]
    [InlineData(4u, null)]
    public void PoolingOf_GgufThatSaysHow_IsThat(uint? type, Pooling? expected)
    {
        using var tiny = new TinyModel();
        var path = Keep(GgufCopy.Write(tiny.Folder, GgmlType.F32, keys =>
        {
            if (type is { } number) keys[$"{keys["general.architecture"].AsText()}.pooling_type"] = GgufValue.Of(number);
        }));
        using var model = InferenceModel.Load(path);

        if (expected is not null) Assert.Equal(expected, model.PoolingOf());
        else Assert.Contains($"pooling_type is {type}", Assert.Throws<UserInputException>(() => model.PoolingOf()).Message);
        Assert.Equal(Pooling.Last, model.PoolingOf(Pooling.Last));
    }

    [Theory]
    [InlineData(GgmlType.F16)]
    [InlineData(GgmlType.BF16)]
    public void Logits_OfHalfWidthGguf_AgreeWithReference(GgmlType type)
    {
        using var tiny = new TinyModel();
        var path = Keep(GgufCopy.Write(tiny.Folder, type));
        var (want, got) = BothLogits(path, [.. s_prompt.Select(id => id % 93)]);
        for (var t = 0; t < want.Length; t++)
        {
            for (var i = 0; i < want[t].Length; i++) Assert.Equal(want[t][i], got[t][i], 1e-4f);
        }
    }

    [Theory]
    [MemberData(nameof(QuantizedTypes))]
    public void Logits_OfQuantizedGguf_DifferFromReferenceByTheRoundingOfActivations(GgmlType type)
    {
        using var tiny = new TinyModel(s_wide);
        var (want, got) = BothLogits(Keep(GgufCopy.Write(tiny.Folder, type)), s_prompt);
        var (difference, size) = (0.0, 0.0);
        for (var t = 0; t < want.Length; t++)
        {
            for (var i = 0; i < want[t].Length; i++)
            {
                difference += Math.Pow(want[t][i] - got[t][i], 2);
                size += Math.Pow(want[t][i], 2);
            }
        }
        // Eight bits per activation are worth about half a percent of each product.
        Assert.InRange(Math.Sqrt(difference / size), 1e-9, 0.03);
    }

    [Theory]
    [MemberData(nameof(QuantizedTypes))]
    public void Logits_OfQuantizedGguf_AreBitIdenticalWhateverThreadsAndChunks(GgmlType type)
    {
        using var tiny = new TinyModel(s_wide);
        var path = Keep(GgufCopy.Write(tiny.Folder, type));
        var want = EngineLogits(path, s_prompt, new InferenceOptions { Threads = 1, PrefillChunk = 40 });
        var got = EngineLogits(path, s_prompt, new InferenceOptions { Threads = 3, PrefillChunk = 1 });
        for (var t = 0; t < want.Length; t++) Assert.Equal(want[t], got[t]);
    }

    [Fact]
    public void Load_OfAQuantizedMixture_LaysOutAllMatricesButTheExperts()
    {
        var shape = TinyCheckpoint.Shapes["axk1"];
        using var tiny = new TinyModel(shape with
        {
            HiddenSize = 64,
            IntermediateSize = 64,
            HeadCount = 2,
            KeyValueHeadCount = 2,
            HeadSize = 38,
            Latent = shape.Latent! with { QueryRank = 32, KeyValueRank = 32, PlainHeadSize = 32, ValueHeadSize = 32 },
            Mixture = shape.Mixture! with { IntermediateSize = 32 },
        });
        using var model = InferenceModel.Load(Keep(GgufCopy.Write(tiny.Folder, GgmlType.Q8_0)), new InferenceOptions { Threads = 1 });
        Assert.True(model.Weights.Repacked);
        foreach (var matrix in model.Weights.Matrices.Where(matrix => matrix.Type == GgmlType.Q8_0 && matrix.Name != "token_embd.weight"))
        {
            unsafe
            {
                Assert.True(matrix.Panels(0) == null == matrix.Name.Contains("_exps", StringComparison.Ordinal), matrix.Name);
            }
        }
    }

    [Fact]
    public void Load_OfUnknownArchitecture_NamesIt()
    {
        using var tiny = new TinyModel();
        var path = Keep(GgufCopy.Write(tiny.Folder, GgmlType.F32, keys => keys["general.architecture"] = GgufValue.Of("mamba")));
        var error = Assert.Throws<UserInputException>(() => InferenceModel.Load(path));
        Assert.Equal($"{path}: general.architecture is mamba; expected llama, qwen2, axk1, axk2. This model family is not supported.", error.Message);
    }

    [Fact]
    public void Load_OfImpossibleMetadata_ReportsAll()
    {
        using var tiny = new TinyModel();
        var path = Keep(GgufCopy.Write(tiny.Folder, GgmlType.F32, keys =>
        {
            keys["llama.block_count"] = GgufValue.Of(0u);
            keys["llama.attention.head_count_kv"] = GgufValue.Of(4u);
            keys["llama.rope.scaling.type"] = GgufValue.Of("longrope");
        }));
        var error = Assert.Throws<UserInputException>(() => InferenceModel.Load(path));
        Assert.Equal(3, error.Problems.Count);
        Assert.Contains(error.Problems, problem => problem.Contains("llama.rope.scaling.type is longrope; expected none, linear or yarn", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_OfIncompleteGguf_NamesEveryTensor()
    {
        using var tiny = new TinyModel();
        var path = Keep(GgufCopy.Write(tiny.Folder, GgmlType.F32, change: tensors =>
        {
            tensors.Remove("blk.0.ffn_up.weight");
            tensors["blk.1.attn_v.weight"] = ([3, 3], new float[9]);
            tensors["blk.1.attn_sinks.weight"] = ([6], new float[6]);
        }));
        var error = Assert.Throws<UserInputException>(() => InferenceModel.Load(path));
        Assert.Equal(3, error.Problems.Count);
        Assert.Contains(error.Problems, problem => problem.Contains("blk.0.ffn_up.weight is missing", StringComparison.Ordinal));
        Assert.Contains(error.Problems, problem => problem.Contains("blk.1.attn_v.weight has shape [3, 3]; expected shape [20, 36]", StringComparison.Ordinal));
        Assert.Contains(error.Problems, problem => problem.Contains("blk.1.attn_sinks.weight is not part of this llama model", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_OfTokenizerLargerThanEmbedding_SaysSo()
    {
        using var tiny = new TinyModel();
        var path = Keep(GgufCopy.Write(tiny.Folder, GgmlType.F32, WithBytes));
        Assert.Contains("a tokenizer of 258 tokens; expected at most the 93 rows", Assert.Throws<UserInputException>(() => InferenceModel.Load(path)).Message);
    }

    [Fact]
    public void Tokenizer_OfModelWithout_SaysHowToGoOn()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load();
        Assert.False(model.HasTokenizer);
        Assert.Contains("came without a tokenizer", Assert.Throws<UserInputException>(() => model.Tokenizer).Message);
    }

    [Fact]
    public void Generate_WithTokenizer_StreamsTheTextOfTheTokens()
    {
        using var model = LoadWithBytes();
        using var engine = new Engine(model);
        var parameters = new SamplingParameters { MaxTokens = 60, Temperature = 1.5f, Seed = 4, IgnoreEos = true };
        var tokens = engine.Generate(model.Tokenizer.Encode("제12조(휴가) 軍人 ＡＢＣ"), parameters).ToList();
        var ids = tokens.Select(token => token.Id).Where(id => id < model.Tokenizer.VocabularySize).ToList();
        Assert.Equal(model.Tokenizer.Decode(ids), string.Concat(tokens.Select(token => token.Text)));
        Assert.Contains(256, model.StopTokenIds);
        Assert.Contains(257, model.StopTokenIds);
    }

    [Fact]
    public void Generate_WithStopString_EndsBeforeItAndKeepsTheRestOut()
    {
        using var model = LoadWithBytes();
        using var engine = new Engine(model);
        var parameters = new SamplingParameters { MaxTokens = 60, Temperature = 1.5f, Seed = 4, IgnoreEos = true };
        var prompt = model.Tokenizer.Encode("휴가는");
        var whole = string.Concat(engine.Generate(prompt, parameters).Select(token => token.Text));
        // A stop of several characters out of the middle, each of which comes from its own token.
        var stop = whole.Substring(whole.Length / 2, 4);
        var cut = whole.IndexOf(stop, StringComparison.Ordinal);
        var tokens = engine.Generate(prompt, parameters with { Stop = [stop, "없는 글"] }).ToList();
        Assert.Equal(whole[..cut], string.Concat(tokens.Select(token => token.Text)));
        Assert.Equal(FinishReason.Stop, tokens[^1].Finish);
        Assert.InRange(tokens.Count, 4, 59);
    }

    public void Dispose() => _files.ForEach(File.Delete);

    private InferenceModel LoadWithBytes()
    {
        using var tiny = new TinyModel(s_wide);
        return InferenceModel.Load(Keep(GgufCopy.Write(tiny.Folder, GgmlType.F16, WithBytes)), new InferenceOptions { Threads = 1 });
    }

    /// <summary>A tokenizer of the 256 bytes, an end of sequence and an end of turn; no merges.</summary>
    private static void WithBytes(Dictionary<string, GgufValue> keys)
    {
        var shifted = 0;
        var bytes = Enumerable.Range(0, 256).Select(value =>
            value is >= 33 and <= 126 or >= 161 and <= 172 or >= 174 ? ((char)value).ToString() : ((char)(256 + shifted++)).ToString());
        keys["tokenizer.ggml.model"] = GgufValue.Of("gpt2");
        keys["tokenizer.ggml.pre"] = GgufValue.Of("gpt-2");
        keys["tokenizer.ggml.tokens"] = GgufValue.ArrayOf<string>([.. bytes, "<|endoftext|>", "<|im_end|>"]);
        keys["tokenizer.ggml.token_type"] = GgufValue.ArrayOf<int>([.. Enumerable.Repeat(1, 256), 3, 3]);
        keys["tokenizer.ggml.merges"] = GgufValue.ArrayOf(Array.Empty<string>());
        keys["tokenizer.ggml.eos_token_id"] = GgufValue.Of(256u);
        keys["tokenizer.ggml.eot_token_id"] = GgufValue.Of(257u);
    }

    private static (float[][] Want, float[][] Got) BothLogits(string path, int[] tokens)
    {
        using var reference = ReferenceModel.Load(path);
        return (reference.Logits(tokens), EngineLogits(path, tokens, new InferenceOptions { Threads = 2 }));
    }

    private static float[][] EngineLogits(string path, int[] tokens, InferenceOptions options)
    {
        using var model = InferenceModel.Load(path, options);
        using var engine = new Engine(model);
        var all = new List<float[]>();
        engine.Logits(tokens, (_, logits) => all.Add(logits.ToArray()));
        return [.. all];
    }

    private string Keep(string path)
    {
        _files.Add(path);
        return path;
    }
}
