using Geobuk.Inference.Kernels;
using Geobuk.Inference.Reference;
using Geobuk.Inference.Tests.Kernels.Caches;
using Geobuk.Models;
using Geobuk.Models.Quantization;
using Geobuk.Tests;

namespace Geobuk.Inference.Tests;

public class CacheTypeTests
{
    private static readonly int[] s_prompt = [.. Enumerable.Range(0, 45).Select(i => i * 37 % 93)];

    public static TheoryData<string, KeyValueType> Cases
    {
        get
        {
            var cases = new TheoryData<string, KeyValueType>();
            foreach (var type in Enum.GetValues<KeyValueType>())
            {
                cases.Add("llama", type);
                cases.Add("axk2", type);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_WithAnyCache_AreThoseOfAReferenceWhoseRowsAreRounded(string shape, KeyValueType cache)
    {
        using var tiny = new TinyModel(Shape(shape));
        using var exact = ReferenceModel.Load(tiny.Folder);
        var type = Enum.Parse<GgmlType>(cache.ToString());
        using var rounded = ReferenceModel.Load(tiny.Folder, row => cache == KeyValueType.Q4_0 && shape == "llama"
            ? Turned(CacheFormatTests.Rounded(type, Turned(row)))
            : CacheFormatTests.Rounded(type, row));
        var got = Logits(tiny, new InferenceOptions { Threads = 2, PrefillChunk = 16, KeyValueType = cache });
        var distance = Distance(rounded.Logits(s_prompt), got);
        // A number in the middle between two codes may fall either way; what the rounding itself does is far more.
        if (cache == KeyValueType.F32) Assert.InRange(distance, 0, 1e-5);
        else Assert.InRange(distance, 0, 0.1 * Distance(exact.Logits(s_prompt), got));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_WithAnyCacheOnEveryPath_GiveTheSameBits(string shape, KeyValueType cache)
    {
        using var tiny = new TinyModel(Shape(shape));
        var want = Logits(tiny, new InferenceOptions { Threads = 1, KeyValueType = cache, Kernels = KernelPath.Scalar });
        foreach (var path in KernelPaths.Supported)
        {
            foreach (var (threads, chunk) in new[] { (1, 128), (2, 7), (3, 1) })
                Assert.Equal(want, Logits(tiny, new InferenceOptions { Threads = threads, PrefillChunk = chunk, KeyValueType = cache, Kernels = path }));
        }
    }

    [Theory]
    [InlineData("llama", 10)]
    [InlineData("axk1", 26)]
    [InlineData("axk2", 26)]
    public void Load_WithBlocksThatDoNotFitTheRows_SaysTheWidth(string shape, int width)
    {
        using var tiny = new TinyModel(TinyCheckpoint.Shapes[shape]);
        var error = Assert.Throws<UserInputException>(() => tiny.Load(new InferenceOptions { KeyValueType = KeyValueType.Q8_0 }));
        Assert.Contains($"key-value cache: q8_0 for rows of {width} numbers; expected a multiple of 32", error.Message);
    }

    [Fact]
    public void Bytes_OfACache_AreThoseOfTheType()
    {
        using var tiny = new TinyModel(Shape("llama"));
        var bytes = Enum.GetValues<KeyValueType>().Select(type =>
        {
            using var model = tiny.Load(new InferenceOptions { KeyValueType = type });
            using var engine = new Engine(model);
            using var cache = engine.CreateCache();
            engine.Prefill(cache, s_prompt);
            return cache.Bytes;
        });
        // 45 tokens are two blocks of 32 positions: 2 layers, keys and values of 2 heads of 32.
        const int Numbers = 2 * 32 * 2 * 2 * 2 * 32;
        Assert.Equal([4 * Numbers, 2 * Numbers, Numbers / 32 * 34, Numbers / 32 * 18], bytes);
    }

    /// <summary>By the definition: element i, j of the matrix is -1 to the number of bits that i and j share.</summary>
    private static float[] Turned(float[] row) => [.. row.Select((_, i) =>
        (float)(Enumerable.Range(0, 32).Sum(j => row[i / 32 * 32 + j] * (System.Numerics.BitOperations.PopCount((uint)(i % 32 & j)) % 2 == 0 ? 1.0 : -1.0)) / Math.Sqrt(32)))];

    private static ModelConfig Shape(string name) => name == "llama"
        ? TinyModel.Shape with { HeadSize = 32 }
        : TinyCheckpoint.Shapes[name] is { Latent: { Indexer: { } indexer } latent } config
            ? config with { Latent = latent with { KeyValueRank = 26, Indexer = indexer with { HeadSize = 32 } } }
            : throw new ArgumentOutOfRangeException(nameof(name));

    private static float[][] Logits(TinyModel tiny, InferenceOptions options)
    {
        using var model = tiny.Load(options);
        using var engine = new Engine(model);
        var all = new List<float[]>();
        engine.Logits(s_prompt, (_, logits) => all.Add(logits.ToArray()));
        return [.. all];
    }

    private static double Distance(float[][] want, float[][] got) =>
        want.Zip(got, (a, b) => a.Zip(b, (x, y) => (double)MathF.Abs(x - y)).Average()).Average();
}
