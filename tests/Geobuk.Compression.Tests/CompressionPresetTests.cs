using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Quantization;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests;

public sealed class CompressionPresetTests
{
    [Theory]
    [InlineData("q4_k_n", "Did you mean q4_k_m?")]
    [InlineData("q80", "Did you mean q8_0?")]
    [InlineData("nonsense", "q4_k_m is usual.")]
    public void Find_UnknownName_ListsThemAndSuggests(string name, string advice)
    {
        var fault = Assert.Throws<UserInputException>(() => CompressionPreset.Find(name));
        Assert.Equal($"compress.preset: is {name}; expected one of {string.Join(", ", CompressionPreset.Names)}. {advice}", fault.Message);
    }

    [Fact]
    public void Find_UpperCase_IsTheSamePreset() => Assert.Equal("q4_k_m", CompressionPreset.Find("Q4_K_M").Name);

    /// <summary>32 layers: the first and last four, and every third from the seventh.</summary>
    [Fact]
    public void TypeOf_Q4_K_M_GivesSixBitsWhereLlamaCppDoes()
    {
        var preset = CompressionPreset.Find("q4_k_m");
        var config = TinyModel.Llama with { LayerCount = 32 };
        var rich = Enumerable.Range(0, 32).Where(layer => preset.TypeOf($"blk.{layer}.ffn_down.weight", 256, config, false) == GgmlType.Q6_K);
        Assert.Equal([0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31], rich);
        Assert.All(Enumerable.Range(0, 32), layer => Assert.Equal(
            preset.TypeOf($"blk.{layer}.ffn_down.weight", 256, config, false), preset.TypeOf($"blk.{layer}.attn_v.weight", 256, config, false)));
        Assert.All(["attn_q", "attn_k", "attn_output", "ffn_gate", "ffn_up"], part => Assert.Equal(GgmlType.Q4_K, preset.TypeOf($"blk.0.{part}.weight", 256, config, false)));
    }

    [Fact]
    public void TypeOf_Head_IsRicherAndTheEmbeddingWhereTied()
    {
        var preset = CompressionPreset.Find("q4_0");
        Assert.Equal(GgmlType.Q6_K, preset.TypeOf("output.weight", 256, TinyModel.Llama, false));
        Assert.Equal(GgmlType.Q4_0, preset.TypeOf("token_embd.weight", 256, TinyModel.Llama, false));
        Assert.Equal(GgmlType.Q6_K, preset.TypeOf("token_embd.weight", 256, TinyModel.Qwen2, false));
    }

    /// <summary>From the published shapes alone, in GiB: as llama.cpp writes them, and with feed-forward widths padded to whole blocks.</summary>
    [Theory]
    [InlineData("ax-3.1-light", "q4_k_m", 4.39, 4.17)]
    [InlineData("ax-3.1-light", "q5_k_m", 5.03, 4.86)]
    [InlineData("ax-3.1-light", "q6_k", 5.87, 5.59)]
    [InlineData("ax-3.1", "q4_k_m", 20.91, 19.57)]
    [InlineData("ax-3.1", "q6_k", 28.42, 26.66)]
    [InlineData("ax-4.0", "q4_k_m", 43.62, 40.45)]
    [InlineData("ax-4.0-light", "q4_k_m", 4.13, 4.13)]
    public void TensorBytes_OfThePublishedShapes_ShrinkWithPadding(string shape, string preset, double plain, double padded)
    {
        var config = ModelConfig.LoadFile(TestPaths.Repository("tests", "Shared", "shapes", shape + ".json"));
        const double GiB = 1 << 30;
        Assert.Equal(plain, ModelCompressor.TensorBytes(config, CompressionPreset.Find(preset), surgery: false) / GiB, 0.011);
        Assert.Equal(padded, ModelCompressor.TensorBytes(config, CompressionPreset.Find(preset), surgery: true) / GiB, 0.011);
    }

    /// <summary>After padding, every matrix of the published shapes gets the type that its mix means for it.</summary>
    [Theory]
    [InlineData("ax-3.1-light")]
    [InlineData("ax-3.1")]
    [InlineData("ax-4.0")]
    [InlineData("ax-4.0-light")]
    public void TypePlan_OfThePublishedShapes_NeedsNoFallback(string shape)
    {
        var config = ModelConfig.LoadFile(TestPaths.Repository("tests", "Shared", "shapes", shape + ".json"));
        foreach (var preset in CompressionPreset.Names.Select(CompressionPreset.Find))
        {
            var plan = TypePlan.Of(preset, config, surgery: true, hasImportance: false);
            Assert.All(TypePlan.Matrices(Surgery.FeedForwardPadding.Pad(config, plan.Padding)), spec => Assert.Null(RowFit.Of(plan.TypeOf(spec.Name), spec.Shape[^1]).Fallback));
        }
    }

    [Theory]
    [InlineData(GgmlType.Q4_K, 512, GgmlType.Q4_K, null)]
    [InlineData(GgmlType.Q4_K, 10880, GgmlType.Q5_0, "Q4_K needs rows of a multiple of 256, these have 10880")]
    [InlineData(GgmlType.Q6_K, 21824, GgmlType.Q8_0, "Q6_K needs rows of a multiple of 256, these have 21824")]
    [InlineData(GgmlType.Q6_K, 100, GgmlType.F16, "Q6_K needs rows of a multiple of 256, these have 100")]
    [InlineData(GgmlType.Q4_0, 48, GgmlType.F16, "Q4_0 needs rows of a multiple of 32, these have 48")]
    [InlineData(GgmlType.BF16, 3, GgmlType.BF16, null)]
    public void RowFit_Of_ReplacesAsLlamaCppAndSaysSo(GgmlType wanted, long row, GgmlType fitting, string? fallback) =>
        Assert.Equal(new RowFit(fitting, fallback), RowFit.Of(wanted, row));
}
