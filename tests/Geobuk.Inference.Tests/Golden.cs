using System.Runtime.InteropServices;
using Geobuk.Models.Checkpoints;
using Geobuk.Tests;

namespace Geobuk.Inference.Tests;

/// <summary>A golden folder: input ids, and the logits and hidden states that a correct implementation gives.</summary>
internal sealed class Golden
{
    public static readonly string[] All =
        ["llama-gqa", "llama-mha-llama3rope", "qwen2-gqa", "qwen2-yarn", "axk1-plain", "axk1-yarn", "axk2-dense", "axk2-sparse"];

    public static TheoryData<string> Names => [.. All];

    private Golden(string folder) => Folder = folder;

    public string Folder { get; }
    public required int[][] Sequences { get; init; }
    /// <summary>[sequence][position][vocabulary].</summary>
    public required float[][][] Logits { get; init; }
    /// <summary>[layers passed][sequence][position][hidden size].</summary>
    public required IReadOnlyList<float[][][]> Hidden { get; init; }

    public static Golden Load(string name)
    {
        var folder = TestPaths.Shared("golden", name);
        using var file = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
        var ids = file.Tensors["input_ids"];
        var tokens = MemoryMarshal.Cast<byte, long>(file.Bytes(ids)).ToArray();
        return new Golden(folder)
        {
            Sequences = [.. tokens.Select(id => (int)id).Chunk((int)ids.Shape[1])],
            Logits = Rows(file, "logits"),
            Hidden = [.. Enumerable.Range(0, file.Tensors.Keys.Count(key => key.StartsWith("hidden.", StringComparison.Ordinal))).Select(k => Rows(file, $"hidden.{k}"))],
        };
    }

    /// <summary>|got - want| at most 2e-4 + 2e-4 |want|, as the folder's README sets for single precision.</summary>
    public static void AssertClose(float[] want, ReadOnlySpan<float> got, string place)
    {
        Assert.Equal(want.Length, got.Length);
        for (var i = 0; i < want.Length; i++)
            Assert.True(MathF.Abs(got[i] - want[i]) <= 2e-4f + 2e-4f * MathF.Abs(want[i]), $"{place}, value {i}: got {got[i]}, want {want[i]}");
    }

    private static float[][][] Rows(SafetensorsFile file, string name)
    {
        var tensor = file.Tensors[name];
        var rows = MemoryMarshal.Cast<byte, float>(file.Bytes(tensor)).ToArray().Chunk((int)tensor.Shape[2]);
        return [.. rows.Chunk((int)tensor.Shape[1])];
    }
}
