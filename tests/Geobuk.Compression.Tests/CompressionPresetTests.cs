using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Quantization;

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
        Assert.Equal($"compress.preset: is {name}; expected one of f32, f16, bf16, q8_0, q4_0, q4_k, q4_k_m, q6_k. {advice}", fault.Message);
    }

    [Fact]
    public void Find_UpperCase_IsTheSamePreset() => Assert.Equal("q4_k_m", CompressionPreset.Find("Q4_K_M").Name);

    /// <summary>32 layers: the first and last four, and every third from the seventh.</summary>
    [Fact]
    public void TypeOf_Q4_K_M_GivesSixBitsWhereLlamaCppDoes()
    {
        var preset = CompressionPreset.Find("q4_k_m");
        var config = TinyModel.Llama with { LayerCount = 32 };
        var rich = Enumerable.Range(0, 32).Where(layer => preset.TypeOf($"blk.{layer}.ffn_down.weight", config) == GgmlType.Q6_K);
        Assert.Equal([0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31], rich);
        Assert.All(Enumerable.Range(0, 32), layer => Assert.Equal(
            preset.TypeOf($"blk.{layer}.ffn_down.weight", config), preset.TypeOf($"blk.{layer}.attn_v.weight", config)));
        Assert.All(["attn_q", "attn_k", "attn_output", "ffn_gate", "ffn_up"], part => Assert.Equal(GgmlType.Q4_K, preset.TypeOf($"blk.0.{part}.weight", config)));
    }

    [Fact]
    public void TypeOf_Head_IsRicherAndTheEmbeddingWhereTied()
    {
        var preset = CompressionPreset.Find("q4_0");
        Assert.Equal(GgmlType.Q6_K, preset.TypeOf("output.weight", TinyModel.Llama));
        Assert.Equal(GgmlType.Q4_0, preset.TypeOf("token_embd.weight", TinyModel.Llama));
        Assert.Equal(GgmlType.Q6_K, preset.TypeOf("token_embd.weight", TinyModel.Qwen2));
    }

    [Fact]
    public void TypeOf_EightyGroupedLayers_GivesAllValuesMoreBits()
    {
        var preset = CompressionPreset.Find("q4_k_m");
        Assert.Equal(GgmlType.Q6_K, preset.TypeOf("blk.11.attn_v.weight", TinyModel.Llama with { LayerCount = 80 }));
        Assert.Equal(GgmlType.Q4_K, preset.TypeOf("blk.11.ffn_down.weight", TinyModel.Llama with { LayerCount = 80 }));
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
