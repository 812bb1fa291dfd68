using System.Security.Cryptography;
using Geobuk.Compression.Calibration;
using Geobuk.Compression.Quantization;
using Geobuk.Compression.Tuning;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Quantization;
using Geobuk.Models.Tokenization;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests.Tuning;

/// <summary>Tuning changes factors and norms, nothing else, and only for the better.</summary>
public sealed class FactorTuningTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-tuning-").FullName;

    private string Tuned => Path.Combine(_folder, "tuned.gguf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Single precision is the original, if every tensor of the file lands where it belongs.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("axk1-groups")]
    [InlineData("axk2")]
    public void Write_InSinglePrecision_StartsAtTheOriginal(string family)
    {
        var result = FactorTuning.Write(Model(family), new CompressionOptions { Preset = CompressionPreset.Find("f32") }, Text(9), 1, Tuned);
        Assert.InRange(result.Tuning!.Before, -1e-9, 1e-9);
    }

    [Theory]
    [InlineData("llama", "q4_0")]
    [InlineData("llama", "q3_k_m")]
    [InlineData("axk2", "q4_0")]
    public void Write_QuantizedFile_ComesNearerByFactorsAndNormsAlone(string family, string preset)
    {
        var (model, plain) = (Model(family), Path.Combine(_folder, "plain.gguf"));
        var options = new CompressionOptions { Preset = CompressionPreset.Find(preset) };
        var before = ModelCompressor.Write(model, options, plain);
        var after = FactorTuning.Write(model, options, Text(40), 8, Tuned);
        Assert.True(after.Tuning!.Kept && after.Tuning.After < after.Tuning.Before, $"{after.Tuning}");
        Assert.Equal(before.Bytes, after.Bytes);
        Assert.Equal([Tuned], Directory.GetFiles(_folder, "tuned*"));
        using var old = GgufFile.Open(plain);
        using var changed = GgufFile.Open(Tuned);
        foreach (var tensor in old.Tensors)
        {
            var (was, now) = (old.Data(tensor).ToArray(), changed.Data(changed.Find(tensor.Name)).ToArray());
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(now)), after.Tensors.Single(entry => entry.Name == tensor.Name).Sha256);
            if (tensor.Name == "blk.0.ffn_down.weight") Assert.NotEqual(was, now);
            if (tensor.Name.EndsWith("_norm.weight", StringComparison.Ordinal)) continue;
            Assert.Equal(WithoutFactors(tensor.Type, was), WithoutFactors(tensor.Type, now));
        }
    }

    [Fact]
    public void Write_TooLittleText_IsRefusedAndLeavesNothing()
    {
        var fault = Assert.Throws<UserInputException>(() => FactorTuning.Write(Model("llama"), new CompressionOptions(), Text(3), 5, Tuned));
        Assert.Contains("expected more than 4 sequences", fault.Message);
        Assert.Empty(Directory.GetFiles(_folder, "tuned*"));
    }

    private static byte[] WithoutFactors(GgmlType type, byte[] data)
    {
        var format = BlockFormat.Get(type);
        for (var block = 0; block < data.Length && format.FactorOffsets.Count > 0; block += format.BlockBytes)
            foreach (var offset in format.FactorOffsets) data.AsSpan(block + offset, 2).Clear();
        return data;
    }

    private string Model(string family)
    {
        var folder = TinyModel.Write(_folder, TinyModel.Llama);
        TinyCheckpoint.Write(folder, TinyCheckpoint.Wide(family) with { VocabularySize = 320, EosTokenIds = [0] });
        return folder;
    }

    /// <summary>So many sequences of 48 tokens.</summary>
    private CalibrationText Text(int sequences)
    {
        var path = Path.Combine(_folder, "text.txt");
        File.WriteAllText(path, string.Concat(Enumerable.Range(1, 8 * sequences).Select(i => $"제{i}조(휴가) 휴가는 {i * i % 31}일로 한다. ")));
        return CalibrationText.Read(path, Tokenizer.Load(Path.Combine(_folder, "model")), 48, 48 * sequences);
    }
}
